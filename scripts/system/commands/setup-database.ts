import { type Settings } from '../settings';
import { prepareDatabases } from '../preparation/prepare-databases';
import { buildIfNeeded } from '../preparation/build';
import { currentSystem } from '../system';
import { ensureSigningKey } from '../preparation/signing-keys';
import { ensureAnswering } from '../components/ensure-answering';

/** Creates both databases if they are missing and brings their tables up to date. The server must run. */
export async function setupDatabase(settings: Settings): Promise<number> {
  const { infra, infrastructure } = currentSystem(settings);
  await ensureAnswering(infrastructure.filter(({ name }) => name === 'postgres'));
  await buildIfNeeded(settings);
  ensureSigningKey(settings.stateFolder);
  await prepareDatabases(settings, infra, { create: true });
  return 0;
}
