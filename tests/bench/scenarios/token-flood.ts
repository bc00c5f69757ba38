import { fork } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Credentials } from '../clients';
import { latencyFigures, percentilesOf, type Figure, type Measurement } from '../measurement';
import { newOrderRequest, sendOnce } from '../order-requests';
import { type ProcessUsage } from '../process-usage';
import { type Scenario } from '../scenario';
import { pause } from '../timing';
import { type FloodAnswers, type FloodOptions } from './token-flood-sender';

const READS_PER_SECOND = 50;
const TOKENS_PER_SECOND = 5;
const FLOOD_PER_SECOND = 1_000;
const ORDERS = 50;
const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

/**
 * One client reads its orders and another one fetches tokens, both at a steady pace, first alone, then while a thousand wrong secrets and unknown
 * clients arrive a second, from many addresses.
 */
export const tokenFlood: Scenario = async ({ stack, options, say }) => {
  const system = await stack.start({ services: ['order-service'] });
  const { apiUrl, tokens } = system;
  try {
    const orderIds = await placeOrders(apiUrl, tokens.shop);
    const measure = async (seconds: number): Promise<Steady> => {
      const callers = { orderIds, token: tokens.shop, credentials: stack.clients.other };
      const meter = system.meter();
      meter.start();
      const steady = await runSteady(apiUrl, seconds, callers);
      return { ...steady, processes: meter.stop() };
    };
    await measure(options.warmUpSeconds);
    const quiet = await measure(options.seconds);
    const flood = startFlood({
      url: apiUrl,
      perSecond: FLOOD_PER_SECOND,
      clientIds: [stack.clients.shop.clientId, stack.clients.operator.clientId],
    });
    await pause(options.warmUpSeconds);
    const flooded = await measure(options.seconds);
    const answers = await flood.stop();
    const ratio = flooded.reads.p99 / quiet.reads.p99;
    say(
      `token-flood: reads p99 ${quiet.reads.p99.toFixed(1)} ms quiet, ${flooded.reads.p99.toFixed(1)} ms flooded, ratio ${ratio.toFixed(2)}; ` +
        `${String(flooded.refused)} right secrets refused; the flood was answered with ${textOf(answers)}`,
    );
    return [
      measurementOf('reads and tokens, quiet', quiet),
      measurementOf('reads and tokens beside a flood of wrong secrets', flooded, {
        figures: { 'p99 to that without the flood': { value: ratio, unit: '', better: 'lower' } },
        notes: [`the flood, warm-up included, was answered with ${textOf(answers)}`],
      }),
    ];
  } finally {
    await system.stop();
  }
};

async function placeOrders(apiUrl: string, token: string): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < ORDERS) {
    const order = JSON.parse(await sendOnce(apiUrl, newOrderRequest(token))) as { order_id: string };
    ids.push(order.order_id);
  }
  return ids;
}

type Latency = ReturnType<typeof percentilesOf>;

interface Steady {
  reads: Latency;
  tokens: Latency;
  /** Reads that were not answered with 200. */
  errors: number;
  /** Requests for a token with the right secret that were not answered with 200. */
  refused: number;
  processes: readonly ProcessUsage[];
}

interface Callers {
  orderIds: readonly string[];
  token: string;
  credentials: Credentials;
}

async function runSteady(
  apiUrl: string,
  seconds: number,
  { orderIds, token, credentials }: Callers,
): Promise<Omit<Steady, 'processes'>> {
  const headers = { Authorization: `Bearer ${token}` };
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: credentials.clientId,
    client_secret: credentials.secret,
  }).toString();
  const [reads, tokens] = await Promise.all([
    atPace(READS_PER_SECOND, seconds, (n) =>
      fetch(`${apiUrl}/orders/${orderIds[n % orderIds.length]!}`, { headers }),
    ),
    atPace(TOKENS_PER_SECOND, seconds, (n) =>
      n % 2 === 0
        ? fetch(`${apiUrl}/auth/token`, { method: 'POST', headers: FORM, body })
        : postFrom(newAddress(), `${apiUrl}/auth/token`, body),
    ),
  ]);
  return {
    reads: percentilesOf(reads.took),
    tokens: percentilesOf(tokens.took),
    errors: reads.errors,
    refused: tokens.errors,
  };
}

type Answer = Pick<Response, 'status' | 'arrayBuffer'>;

let addresses = 0;

/** An address of the loopback network from which no client has authenticated. */
function newAddress(): string {
  addresses += 1;
  return `127.2.${String(addresses >> 8)}.${String(addresses & 255)}`;
}

function postFrom(localAddress: string, url: string, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { ...FORM, 'Content-Length': String(body.length) };
    const sent = request(url, { method: 'POST', localAddress, agent: false, headers }, (response) => {
      const status = response.statusCode ?? 0;
      response.on('end', () => resolve({ status, arrayBuffer: () => Promise.resolve(new ArrayBuffer(0)) }));
      response.resume();
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Sends requests at regular intervals, whatever the answers are. A request that is sent late has waited since it was due. */
async function atPace(perSecond: number, seconds: number, send: (n: number) => Promise<Answer>) {
  const took: number[] = [];
  let errors = 0;
  const start = performance.now();
  const open: Promise<void>[] = [];
  const ask = async (n: number, due: number): Promise<void> => {
    const response = await send(n).catch(() => null);
    await response?.arrayBuffer();
    took.push(performance.now() - due);
    if (response?.status !== 200) errors += 1;
  };
  for (let n = 0; n < perSecond * seconds; n += 1) {
    const due = start + (n / perSecond) * 1_000;
    await delay(Math.max(0, due - performance.now()));
    open.push(ask(n, due));
  }
  await Promise.all(open);
  return { took, errors };
}

function startFlood(options: FloodOptions): { stop(): Promise<FloodAnswers> } {
  const sender = fork(join(__dirname, 'token-flood-sender.ts'));
  sender.send(options);
  return {
    async stop() {
      const answered = once(sender, 'message');
      sender.send('stop');
      const [answers] = (await answered) as [FloodAnswers];
      return answers;
    },
  };
}

function textOf({ answers, sent }: FloodAnswers): string {
  const counts = Object.entries(answers).map(([answer, times]) => `${answer} ×${String(times)}`);
  return `${counts.join(', ')}; ${String(sent)} were sent`;
}

interface Extra {
  figures: Readonly<Record<string, Figure>>;
  notes: readonly string[];
}

function measurementOf(
  name: string,
  { reads, tokens, errors, refused, processes }: Steady,
  { figures, notes }: Extra = { figures: {}, notes: [] },
): Measurement {
  return {
    name,
    figures: {
      ...latencyFigures(reads),
      ...figures,
      ...latencyFigures(tokens, 'token '),
      errors: { value: errors, unit: '', better: 'lower' },
      'right secrets refused': { value: refused, unit: '', better: 'lower' },
    },
    processes,
    notes,
  };
}
