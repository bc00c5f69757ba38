import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** A request that was received. */
export interface ReceivedWebhook {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A server for webhooks on the loopback address. */
export interface WebhookServer {
  readonly port: number;
  /** Ends the connections too. */
  close(): Promise<void>;
}

/**
 * Starts the server.
 * @param answer ends the response, or its connection
 * @param port 0: a free one
 */
export async function startWebhookServer(
  answer: (webhook: ReceivedWebhook, response: ServerResponse) => void,
  port = 0,
): Promise<WebhookServer> {
  const server = createServer((request, response) => {
    received(request).then(
      (webhook) => answer(webhook, response),
      // The sender has closed the connection.
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function received(request: IncomingMessage): Promise<ReceivedWebhook> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return { path: request.url ?? '', headers, body: await text(request) };
}
