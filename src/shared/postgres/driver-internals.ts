import { type Socket } from 'node:net';
import { Client, type ClientBase, type PoolClient, type PoolConfig, type QueryConfig } from 'pg';

/*
 * The parts of `pg` 8 that its types do not declare. tests/shared/postgres/driver-internals.int.test.ts fails when a new version of `pg`
 * changes one of them.
 */

/** The process of the server, and the key that a cancel request for it must carry; null before the server has announced them. */
interface Backend {
  host: string;
  port: number;
  processID: number | null;
  secretKey: number | null;
}

const backendOf = (client: ClientBase): Backend => client as unknown as Backend;

/** The id of the server process that was announced when the connection was opened; behind a pooler, that of the pooler. */
export const announcedProcessId = (client: ClientBase): number | null => backendOf(client).processID;

/** Where to send a cancel request for a connection, and its contents. */
export function cancelTarget(client: PoolClient): Backend {
  const { host, port, processID, secretKey } = backendOf(client);
  return { host, port, processID, secretKey };
}

/** The parameters that `pg` sends when it opens a connection. A subclass can override the method to send further ones. */
export class StartupClient extends Client {
  protected getStartupConf(): Record<string, string> {
    const driver = Client.prototype as unknown as { getStartupConf: () => Record<string, string> };
    return driver.getStartupConf.call(this);
  }
}

/** The socket of a connection. Corked, it keeps the messages of several statements for one packet. */
export const socketOf = (client: PoolClient): Socket => client.connection.stream as Socket;

/** A time limit for one statement, which closes the connection, instead of the limit of the pool. */
export const withQueryTimeout = <Q extends object>(query: Q, ms: number | undefined): Q =>
  ({ ...query, query_timeout: ms }) as Q;

/** A function that the pool awaits before it hands out a new connection. */
export const awaitedOnConnect = (settle: (client: ClientBase) => Promise<void>): PoolConfig['onConnect'] =>
  settle as unknown as PoolConfig['onConnect'];

/** A query that the server refuses when its text holds more than one statement. */
export const singleStatement = (text: string): QueryConfig =>
  ({ text, queryMode: 'extended' }) as QueryConfig;
