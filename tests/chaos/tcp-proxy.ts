import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { resetConnection } from '../support/reset-connection';

/**
 * What a network does to those who trust it:
 * - `latency`: every piece comes 200 ms late, in order
 * - `reset`: connections are cut with RST, those that are there and those that come
 * - `black-hole`: connections are taken, nothing comes through until it is over
 * - `dropped-reply`: what the client sends arrives; as soon as the server answers, the connection is cut
 * - `trickle`: answers come 512 bytes every 20 ms
 */
export const LINK_FAULTS = ['latency', 'reset', 'black-hole', 'dropped-reply', 'trickle'] as const;
export type LinkFault = (typeof LINK_FAULTS)[number];

/** A TCP proxy on the loopback address. With several targets it takes them in turn and passes over those that refuse. */
export interface TcpProxy {
  readonly port: number;
  break(fault: LinkFault): void;
  heal(): void;
  /** How many connections it holds now. */
  connections(): number;
  /** How many it has taken so far. */
  taken(): number;
  stop(): Promise<void>;
}

const CONNECT_WITHIN_MS = 1_000;
const LATENCY_MS = 200;
const TRICKLE = { bytes: 512, everyMs: 20 };

export async function startTcpProxy(targetPorts: readonly number[]): Promise<TcpProxy> {
  const link = createLink();
  const pairs = new Set<Pair>();
  let turn = 0;
  let taken = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    taken += 1;
    client.on('error', () => undefined);
    if (link.fault() === 'reset') return resetConnection(client);
    client.pause();
    turn += 1;
    void reach(targetPorts, turn).then((target) => {
      if (target && !client.destroyed) return join(client, target);
      target?.destroy();
      resetConnection(client);
    });
  });

  function join(client: Socket, target: Socket): void {
    const pair: Pair = { client, target };
    pairs.add(pair);
    const end = (): void => {
      pairs.delete(pair);
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) socket.setNoDelay(true).on('error', end).on('close', end);
    pump(client, target, (piece, to) => link.request(piece, to));
    pump(target, client, (piece, to) => link.reply(piece, to, () => cut(pair)));
  }

  await listen(server);
  return {
    port: (server.address() as AddressInfo).port,
    break(fault) {
      link.set(fault);
      if (fault === 'reset') pairs.forEach(cut);
    },
    heal: () => link.set(null),
    connections: () => pairs.size,
    taken: () => taken,
    async stop() {
      link.set(null);
      const closed = new Promise((resolve) => server.close(resolve));
      pairs.forEach(cut);
      await closed;
    },
  };
}

interface Pair {
  client: Socket;
  target: Socket;
}

function cut({ client, target }: Pair): void {
  resetConnection(client);
  resetConnection(target);
}

/** Passes on what comes, one piece after the other, whatever a piece has to wait for. */
function pump(from: Socket, to: Socket, pass: (piece: Buffer, to: Socket) => Promise<void>): void {
  let line = Promise.resolve();
  from.on('data', (piece: Buffer) => {
    from.pause();
    line = line.then(() => pass(piece, to)).then(() => void from.resume());
  });
  from.on('end', () => {
    line = line.then(() => void to.end());
  });
  from.resume();
}

/** The state of the way that all connections of a proxy share. */
function createLink() {
  let fault: LinkFault | null = null;
  let healed = Promise.resolve();
  let heal = (): void => undefined;

  /** A black hole that opens while a piece waits takes that piece too. */
  async function wait(): Promise<void> {
    if (fault === 'latency') await delay(LATENCY_MS);
    while (fault === 'black-hole') await healed;
  }

  return {
    fault: () => fault,
    set(next: LinkFault | null) {
      heal();
      fault = next;
      healed = new Promise((resolve) => (heal = resolve));
    },
    async request(piece: Buffer, to: Socket) {
      if (fault !== null) await wait();
      await write(to, piece);
    },
    async reply(piece: Buffer, to: Socket, cutIt: () => void) {
      if (fault === 'dropped-reply') return cutIt();
      if (fault !== null) await wait();
      if (fault !== 'trickle') return write(to, piece);
      for (let at = 0; at < piece.length; at += TRICKLE.bytes) {
        await write(to, piece.subarray(at, at + TRICKLE.bytes));
        if (fault === 'trickle') await delay(TRICKLE.everyMs);
      }
    },
  };
}

function write(to: Socket, piece: Buffer): Promise<void> {
  if (to.destroyed || to.writableEnded) return Promise.resolve();
  return new Promise((resolve) => {
    to.write(piece, () => resolve());
  });
}

/** The first target, from that turn on, that takes a connection; null when none does. */
async function reach(ports: readonly number[], turn: number): Promise<Socket | null> {
  for (let n = 0; n < ports.length; n += 1) {
    const socket = await tryConnect(ports[(turn + n) % ports.length]!);
    if (socket) return socket;
  }
  return null;
}

function tryConnect(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    // A paused process takes no connection once its backlog is full, and refuses none.
    const late = setTimeout(() => socket.destroy(new Error('no connection in time')), CONNECT_WITHIN_MS);
    socket.once('connect', () => {
      clearTimeout(late);
      resolve(socket);
    });
    socket.once('error', () => {
      clearTimeout(late);
      resolve(null);
    });
  });
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}
