import { join } from 'node:path';
import { runToEnd } from '../../../scripts/system/processes/run-to-end';
import { rowsOf } from '../rows';
import { PROJECT, type ServiceName } from './instance';

/** The URL of a database on our own server. */
export const databaseUrl = (port: number, name: string): string =>
  `postgresql://postgres@127.0.0.1:${String(port)}/${name}`;

/** Makes a database, empty or as a copy of another one that nobody uses at the moment; its URL. */
export async function createDatabase(port: number, name: string, template = 'template1'): Promise<string> {
  // Files are copied, whatever their size, without a word about it in the WAL.
  const sql = `CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy`;
  await rowsOf(databaseUrl(port, 'postgres'), sql);
  return databaseUrl(port, name);
}

/** Removes a database, if there is one, whoever uses it. */
export async function dropDatabase(port: number, name: string): Promise<void> {
  await rowsOf(databaseUrl(port, 'postgres'), `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
}

/** Brings the tables of a service up to date with the program of the build in `folder`. */
export async function migrateDatabase(
  service: ServiceName,
  environment: NodeJS.ProcessEnv,
  folder = PROJECT,
): Promise<void> {
  const program = join(folder, 'dist', service, 'migrate.js');
  const { exitCode, output } = await runToEnd(process.execPath, [program], {
    cwd: PROJECT,
    env: environment,
  });
  if (exitCode !== 0) throw new Error(`the tables of ${service} could not be made: ${output}`);
}
