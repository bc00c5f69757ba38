import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';

export interface FloodAnswers {
  /** The statuses of the answers with their counts; `failed` counts attempts whose connection ended or that were given up. */
  answers: Record<string, number>;
  sent: number;
}

export interface FloodOptions {
  url: string;
  perSecond: number;
  /** Clients that exist. */
  clientIds: readonly string[];
}

/**
 * Enough addresses that none uses up its failures of a minute, neither for one client nor for all. The number is odd, so that an address sends
 * wrong secrets and unknown clients in turn.
 */
const ADDRESSES = 2_003;
/** More than an address sends before its attempts are given up, so that no attempt waits for the answer of another. */
const CONNECTIONS_PER_ADDRESS = 8;
const TICK_MS = 5;
const TIMEOUT_MS = 10_000;

/**
 * Sends wrong secrets of clients that exist, and of unknown clients, in turn, at a fixed rate whatever the answers are, from many addresses of
 * the loopback network. A process of its own, so that the flood does not delay the requests that are measured.
 */
function sendFlood({ url, perSecond, clientIds }: FloodOptions): void {
  const agents = Array.from(
    { length: ADDRESSES },
    (_, n) =>
      new Agent({
        keepAlive: true,
        maxSockets: CONNECTIONS_PER_ADDRESS,
        localAddress: `127.1.${String(n >> 8)}.${String(n & 255)}`,
      }),
  );
  const answers: Record<string, number> = {};
  const count = (answer: string): void => void (answers[answer] = (answers[answer] ?? 0) + 1);
  const start = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const due = ((performance.now() - start) * perSecond) / 1_000; sent < due; sent += 1) {
      const known = clientIds[Math.floor(sent / ADDRESSES / 2) % clientIds.length]!;
      const clientId = sent % 2 === 0 ? known : `nobody-${String(sent)}`;
      guess(url, agents[sent % ADDRESSES]!, clientId, count);
    }
  }, TICK_MS);
  process.once('message', () => {
    clearInterval(timer);
    process.send?.({ answers, sent }, () => process.disconnect());
    for (const agent of agents) agent.destroy();
  });
}

function guess(url: string, agent: Agent, clientId: string, count: (answer: string) => void): void {
  const secret = randomBytes(32).toString('base64url');
  const body = `grant_type=client_credentials&client_id=${clientId}&client_secret=${secret}`;
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(body.length),
  };
  const sent = request(`${url}/auth/token`, { method: 'POST', agent, headers, timeout: TIMEOUT_MS });
  sent.on('response', (response) => {
    count(String(response.statusCode));
    response.resume();
  });
  sent.on('timeout', () => sent.destroy(new Error('no answer')));
  sent.on('error', () => count('failed'));
  sent.end(body);
}

if (process.send) process.once('message', (options) => sendFlood(options as FloodOptions));
