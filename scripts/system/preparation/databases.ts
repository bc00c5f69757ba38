import { Client } from 'pg';
import { OperatorError } from '../operator-error';

const NO_SUCH_DATABASE = '3D000';
const EXISTS_ALREADY = '42P04';

/**
 * Creates the database that a URL names if it is missing.
 * @param mayCreate false: a missing database is an error
 * @returns whether the database was missing
 * @throws OperatorError when the server cannot be reached or refuses
 */
export async function ensureDatabase(url: string, mayCreate = true): Promise<boolean> {
  const { pathname, host } = new URL(url);
  const database = decodeURIComponent(pathname.slice(1));
  try {
    if (await exists(url)) return false;
    if (!mayCreate) throw new Error('it does not exist; scripts/setup-database.sh creates it');
    await create(url, database);
    return true;
  } catch (cause) {
    throw new OperatorError(`Database ${database} on ${host} cannot be used: ${(cause as Error).message}`);
  }
}

async function exists(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    if (codeOf(error) === NO_SUCH_DATABASE) return false;
    throw error;
  }
}

async function create(url: string, database: string): Promise<void> {
  const server = new URL(url);
  server.pathname = '/postgres';
  try {
    await withClient(server.href, (client) =>
      client.query(`CREATE DATABASE ${client.escapeIdentifier(database)}`),
    );
  } catch (error) {
    if (codeOf(error) !== EXISTS_ALREADY) throw error;
  }
}

async function withClient(url: string, use: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}
