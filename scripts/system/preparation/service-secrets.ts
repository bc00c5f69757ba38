import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Infra, type Settings } from '../settings';
import { writeSecretFile } from './secret-file';
import { ensureSigningKey, signingAlgorithm } from './signing-keys';

const BYTES = 32;

/** The files of a copy with random keys, by the variables that name them for the Order Service. */
const KEY_FILES = {
  CLIENT_SECRET_PEPPERS_FILE: 'peppers',
  WEBHOOK_SECRET_KEYS_FILE: 'webhook-keys',
} as const;

type KeyFileVariable = keyof typeof KEY_FILES;

/** The files that the Order Service reads its random keys from; see `signingKeyFileInForce`. */
export function keyFilesInForce(settings: Settings, infra: Infra | null): Record<KeyFileVariable, string> {
  const { stateFolder, environment, ownEnvironment } = settings;
  const named = infra === 'external' ? environment : ownEnvironment;
  const files = Object.entries(KEY_FILES).map(([variable, name]) => [
    variable,
    named[variable] || keyFile(stateFolder, name),
  ]);
  return Object.fromEntries(files) as Record<KeyFileVariable, string>;
}

/** Creates the secrets of this copy that are missing: the key that signs access tokens, and the first key of each file of random keys. */
export function ensureSecrets(settings: Settings): void {
  ensureSigningKey(settings.stateFolder, signingAlgorithm(settings));
  for (const name of Object.values(KEY_FILES)) {
    const file = keyFile(settings.stateFolder, name);
    if (!existsSync(file)) writeSecretFile(file, `${randomBytes(BYTES).toString('base64url')}\n`);
  }
}

const keyFile = (stateFolder: string, name: string): string => join(stateFolder, 'keys', name);
