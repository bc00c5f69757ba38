import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Infra, type Settings } from '../settings';
import { writeSecretFile } from './secret-file';
import { ensureSigningKey, signingAlgorithm } from './signing-keys';

const BYTES = 32;

/** The file of this copy with the keys of the hashes of client secrets. */
function pepperFile(stateFolder: string): string {
  return join(stateFolder, 'keys', 'peppers');
}

/** The file that the Order Service reads them from; see `signingKeyFileInForce`. */
export function pepperFileInForce(settings: Settings, infra: Infra | null): string {
  const { stateFolder, environment, ownEnvironment } = settings;
  const named = infra === 'external' ? environment : ownEnvironment;
  return named['CLIENT_SECRET_PEPPERS_FILE'] || pepperFile(stateFolder);
}

/** Creates the secrets of this copy that are missing: the key that signs access tokens, and the first pepper. */
export function ensureSecrets(settings: Settings): void {
  ensureSigningKey(settings.stateFolder, signingAlgorithm(settings));
  const file = pepperFile(settings.stateFolder);
  if (!existsSync(file)) writeSecretFile(file, `${randomBytes(BYTES).toString('base64url')}\n`);
}
