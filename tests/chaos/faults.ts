import { createConnection } from 'node:net';
import { join } from 'node:path';
import { type FaultKind } from './fault-kinds';
import { type ServiceName } from '../support/production-stack/instance';
import { viewQueues } from './queues';
import { type Random } from './random';
import { LINKS, type Stack } from './stack';
import { type LinkFault } from './tcp-proxy';

/** A fault that is on: what it hit, and how it ends. */
export interface Injected {
  target: string;
  heal: () => Promise<void>;
}

type Inject = (stack: Stack, random: Random) => Promise<Injected>;

const HOUR_MS = 3_600_000;

/** How each kind is done. */
export const FAULTS: Record<FaultKind, Inject> = {
  'kill-order-service': endInstance('order-service', 'SIGKILL'),
  'kill-delivery-service': endInstance('delivery-service', 'SIGKILL'),
  'pause-order-service': pauseInstance('order-service'),
  'pause-delivery-service': pauseInstance('delivery-service'),
  'restart-order-service': rollingRestart('order-service'),
  'restart-delivery-service': rollingRestart('delivery-service'),
  'stop-postgres': endServer('postgres', 'SIGQUIT'),
  'kill-postgres': endServer('postgres', 'SIGKILL'),
  'fill-postgres-disk': fillDisk,
  'kill-redis': endServer('redis', 'SIGKILL'),
  'flush-redis': flushRedis,
  'pause-redis': pauseServer('redis'),
  'kill-sqs': endServer('sqs', 'SIGKILL'),
  'pause-sqs': pauseServer('sqs'),
  'wipe-queues': wipeQueues,
  'link-latency': breakLink('latency'),
  'link-reset': breakLink('reset'),
  'link-black-hole': breakLink('black-hole'),
  'link-dropped-reply': breakLink('dropped-reply'),
  'link-trickle': breakLink('trickle'),
  'clock-ahead': shiftClock(HOUR_MS),
  'clock-behind': shiftClock(-HOUR_MS),
  'stop-receiver': stopReceiver,
};

/** Why a kind cannot be injected on this machine; null when it can. */
export function hindrance(kind: FaultKind, stack: Stack): string | null {
  if (kind === 'fill-postgres-disk' && !stack.infrastructure.disk)
    return 'needs a file system of its own: root, on Linux';
  return null;
}

function endInstance(service: ServiceName, signal: 'SIGKILL' | 'SIGTERM'): Inject {
  return async (stack, random) => {
    const instance = random.pick(stack.instancesOf(service));
    await instance.end(signal);
    return { target: instance.name, heal: () => instance.start() };
  };
}

function pauseInstance(service: ServiceName): Inject {
  return (stack, random) => {
    const instance = random.pick(stack.instancesOf(service));
    instance.signal('SIGSTOP');
    const heal = (): Promise<void> => Promise.resolve(instance.signal('SIGCONT'));
    return Promise.resolve({ target: instance.name, heal });
  };
}

/** As a roll-out does it: one instance after the other, each told to end and awaited. */
function rollingRestart(service: ServiceName): Inject {
  return async (stack) => {
    const [first, ...rest] = stack.instancesOf(service);
    await first!.end('SIGTERM');
    const heal = async (): Promise<void> => {
      await first!.start();
      for (const instance of rest) {
        await instance.end('SIGTERM');
        await instance.start();
      }
    };
    return { target: service, heal };
  };
}

function endServer(name: 'postgres' | 'redis' | 'sqs', signal: NodeJS.Signals): Inject {
  return async ({ infrastructure }) => {
    const server = infrastructure.servers[name];
    await server.end(signal);
    return { target: name, heal: () => server.start() };
  };
}

function pauseServer(name: 'redis' | 'sqs'): Inject {
  return ({ infrastructure }) => {
    const server = infrastructure.servers[name];
    server.signal('SIGSTOP');
    return Promise.resolve({ target: name, heal: () => Promise.resolve(server.signal('SIGCONT')) });
  };
}

async function fillDisk({ infrastructure: { disk, servers } }: Stack): Promise<Injected> {
  disk?.fill();
  const heal = async (): Promise<void> => {
    disk?.free();
    // Without room for its log PostgreSQL ends itself.
    if (!servers.postgres.isRunning()) await servers.postgres.start();
  };
  return Promise.resolve({ target: 'postgres', heal });
}

async function flushRedis({ redisUrl }: Stack): Promise<Injected> {
  const socket = createConnection(Number(new URL(redisUrl).port), '127.0.0.1');
  await new Promise((resolve) => {
    socket.once('error', resolve).once('data', resolve).write('FLUSHALL\r\n');
  });
  socket.destroy();
  return { target: 'redis', heal: () => Promise.resolve() };
}

async function wipeQueues({ sqsEndpoint }: Stack): Promise<Injected> {
  const queues = viewQueues(sqsEndpoint);
  await queues.wipe();
  queues.close();
  return { target: 'sqs', heal: () => Promise.resolve() };
}

async function stopReceiver({ receiver }: Stack): Promise<Injected> {
  await receiver.stop();
  return { target: 'receiver', heal: () => receiver.start() };
}

function breakLink(fault: LinkFault): Inject {
  return (stack, random) => {
    const name = random.pick(LINKS);
    stack.links[name].break(fault);
    return Promise.resolve({ target: name, heal: () => Promise.resolve(stack.links[name].heal()) });
  };
}

/** One instance runs with another clock, as after a wrong time server; it ends by a restart. */
function shiftClock(ms: number): Inject {
  return async (stack, random) => {
    const instance = random.pick(stack.instances);
    await instance.end('SIGTERM');
    await instance.start({
      preloads: [join(__dirname, 'preload', 'shift-clock.cjs')],
      variables: { CLOCK_SHIFT_MS: String(ms) },
    });
    const heal = async (): Promise<void> => {
      await instance.end('SIGTERM');
      await instance.start();
    };
    return { target: instance.name, heal };
  };
}
