import { randomBytes } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const OWNER_ONLY = 0o600;

const schema = z.object({
  id: z.string().min(1),
  stateFolder: z.string(),
  variables: z.record(z.string(), z.string()).nullable(),
  withoutRedis: z.boolean(),
});

/** The identity and start settings of one copy of the system: `run/instance.json` in its state folder. */
export interface Instance {
  /** Random, created at the first start, included in the health answers of its services. */
  readonly id: string;
  /** The path of the state folder at the time of writing; it differs in a copied state folder. */
  readonly stateFolder: string;
  /** The variables that determine where it runs, as of its start; null while it is stopped. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly withoutRedis: boolean;
}

/**
 * The instance of a state folder, or null before its first start. A copied folder becomes a separate instance: processes, and data outside
 * of the folder, belong to the original.
 * @throws when the file is not readable for this user
 */
export function readInstance(stateFolder: string): Instance | null {
  const instance = read(stateFolder);
  if (instance === null || instance.stateFolder === realpathSync(stateFolder)) return instance;
  if (!isCopyOf(instance.stateFolder, instance.id)) return instance;
  detachFromOriginal(stateFolder);
  return null;
}

/** The id of the instance, created at its first start. */
export function instanceId(stateFolder: string): string {
  return readInstance(stateFolder)?.id ?? randomBytes(6).toString('hex');
}

/** Written to a temporary file and renamed, so that readers never see a partial file. */
export function writeInstance(stateFolder: string, instance: Omit<Instance, 'stateFolder'>): void {
  const file = instanceFile(stateFolder);
  mkdirSync(join(stateFolder, 'run'), { recursive: true });
  const content = { ...instance, stateFolder: realpathSync(stateFolder) };
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(`${file}.new`, file);
}

/** An original that is not readable belongs to another user and counts as existing. */
function isCopyOf(original: string, id: string): boolean {
  try {
    return read(original)?.id === id;
  } catch {
    return true;
  }
}

/** Null when the file is missing or damaged; throws when it is not readable, because the state is then unknown. */
function read(stateFolder: string): Instance | null {
  try {
    return schema.parse(JSON.parse(readFileSync(instanceFile(stateFolder), 'utf8')));
  } catch (error) {
    if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return null;
  }
}

export function instanceFile(stateFolder: string): string {
  return join(stateFolder, 'run', 'instance.json');
}

function detachFromOriginal(stateFolder: string): void {
  rmSync(join(stateFolder, 'run'), { recursive: true, force: true });
  const data = join(stateFolder, 'postgres');
  if (existsSync(data) && lstatSync(data).isSymbolicLink()) rmSync(data);
}
