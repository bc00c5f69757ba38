import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type System } from './system';
import { type Arrivals, RECEIVER_CERTIFICATE, type RECEIVER_PATHS } from './webhook-receiver';

export type ReceiverPath = keyof typeof RECEIVER_PATHS;

/** The server of a customer, a process of its own, and the settings with which the Order Service sends to it. */
export interface BenchReceiver {
  variables: Readonly<Record<string, string>>;
  /** The URL of one of its endpoints. */
  urlOf(path: ReceiverPath): string;
  /** The number of events that the healthy endpoint has got. */
  count(): Promise<number>;
  arrivals(): Promise<Arrivals>;
  stop(): void;
}

/** @param folder for the file of the certificate. */
export async function startReceiver(folder: string): Promise<BenchReceiver> {
  const child = fork(join(__dirname, 'webhook-receiver.ts'));
  const [port] = (await once(child, 'message')) as [number];
  const certificate = join(folder, 'webhook-receiver.pem');
  writeFileSync(certificate, RECEIVER_CERTIFICATE);
  const ask = async <T>(question: string): Promise<T> => {
    const answered = once(child, 'message');
    child.send(question);
    const [answer] = (await answered) as [T];
    return answer;
  };
  return {
    variables: {
      WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
      WEBHOOK_ALLOWED_PORTS: String(port),
      NODE_EXTRA_CA_CERTS: certificate,
    },
    urlOf: (path) => `https://127.0.0.1:${String(port)}/${path}`,
    count: () => ask('count'),
    arrivals: () => ask('arrivals'),
    stop: () => child.disconnect(),
  };
}

/** Whether the build of a system has webhooks. */
export async function hasWebhooks({ apiUrl }: System): Promise<boolean> {
  const { paths } = (await (await fetch(`${apiUrl}/openapi.json`)).json()) as { paths: object };
  return '/webhooks' in paths;
}

/** Creates an endpoint of the shop, for all events of its orders. */
export async function createEndpoint({ apiUrl, tokens }: System, url: string): Promise<void> {
  const response = await fetch(`${apiUrl}/webhooks`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${tokens.shop}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ url }),
  });
  if (response.status !== 201)
    throw new Error(`no endpoint: ${String(response.status)} ${await response.text()}`);
}
