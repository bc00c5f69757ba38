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

/** What one copy of the system knows of itself, in `run/instance.json` of its state folder. */
export interface Instance {
  /** Random, made at the first start: the health answers of its services show it. */
  readonly id: string;
  /** Where the file was written; a state folder that was copied names another place. */
  readonly stateFolder: string;
  /** The variables that say where it runs, as it was started; null after it has been stopped. */
  readonly variables: Readonly<Record<string, string>> | null;
  readonly withoutRedis: boolean;
}

/**
 * The instance that a state folder belongs to, or null before its first start. A folder that was copied from another one becomes an
 * instance of its own: the processes, and data outside of the folder, stay with the original.
 * @throws when the file may not be read
 */
export function readInstance(stateFolder: string): Instance | null {
  const instance = read(stateFolder);
  if (instance === null || instance.stateFolder === realpathSync(stateFolder)) return instance;
  if (!isCopyOf(instance.stateFolder, instance.id)) return instance;
  detachFromOriginal(stateFolder);
  return null;
}

/** The id of the instance, made now if this is its first start. */
export function instanceId(stateFolder: string): string {
  return readInstance(stateFolder)?.id ?? randomBytes(6).toString('hex');
}

/** Written beside its place and moved there: nobody ever reads half of it. */
export function writeInstance(stateFolder: string, instance: Omit<Instance, 'stateFolder'>): void {
  const file = instanceFile(stateFolder);
  mkdirSync(join(stateFolder, 'run'), { recursive: true });
  const content = { ...instance, stateFolder: realpathSync(stateFolder) };
  writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`, { mode: OWNER_ONLY });
  renameSync(`${file}.new`, file);
}

/** An original that may not be read is another user's, who is still there. */
function isCopyOf(original: string, id: string): boolean {
  try {
    return read(original)?.id === id;
  } catch {
    return true;
  }
}

/** Null when there is no such file, or it is damaged; one that may not be read says nothing of what runs. */
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
