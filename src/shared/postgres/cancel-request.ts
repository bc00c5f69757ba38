import { connect, type Socket } from 'node:net';
import { type PoolClient } from 'pg';

/** How long the server may take to accept a cancel request, in milliseconds. */
export const CANCEL_TIMEOUT_MS = 500;

/** Identifies a CancelRequest, where a startup message has its protocol version. */
const CANCEL_REQUEST_CODE = 80_877_102;
const MESSAGE_BYTES = 16;

/** What `pg` knows of a connection beyond its types. */
interface Backend {
  host: string;
  port: number;
  processID: number | null;
  secretKey: number | null;
}

/**
 * Asks the server to end the statement that a connection is running (CancelRequest, PostgreSQL 15 documentation 55.2.8), on a
 * connection of its own, as the protocol demands; it carries no password, and like libpq it is sent without TLS. PgBouncer passes it on
 * as long as the first connection is open; RDS Proxy ignores it.
 *
 * The cancellation can arrive when the statement has just ended, and would then hit the next one: the caller closes the connection
 * afterwards.
 *
 * @returns settles when the server has closed the second connection, or after {@link CANCEL_TIMEOUT_MS}. Never rejects.
 */
export function requestCancel(client: PoolClient): Promise<void> {
  const { host, port, processID, secretKey } = client as unknown as Backend;
  if (processID === null || secretKey === null) return Promise.resolve();
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  return sendAndWait(socket, cancelMessage(processID, secretKey));
}

function cancelMessage(processId: number, secretKey: number): Buffer {
  const message = Buffer.alloc(MESSAGE_BYTES);
  [MESSAGE_BYTES, CANCEL_REQUEST_CODE, processId, secretKey].forEach((value, index) =>
    message.writeInt32BE(value | 0, index * 4),
  );
  return message;
}

function sendAndWait(socket: Socket, message: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), CANCEL_TIMEOUT_MS);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
    socket.resume();
    socket.write(message);
  });
}
