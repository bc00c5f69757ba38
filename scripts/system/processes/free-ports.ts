import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { isBlockedPort } from './blocked-ports';

const LEAST = 10_000;

/** Where the ports of outgoing connections begin. */
const EPHEMERAL = firstEphemeral();

/**
 * `count` different free TCP ports of the loopback address that the system does not give to outgoing connections: a server that listens on one of
 * them can be ended and started again, and finds its port free. None is blocked for HTTP.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  while (found.size < count) {
    const port = LEAST + Math.floor(Math.random() * (EPHEMERAL - LEAST));
    if (!isBlockedPort(port) && (await isFree(port))) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}

/** Linux says it; other systems begin at 49 152 or above. */
function firstEphemeral(): number {
  try {
    const [first = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')
      .split(/\s+/)
      .map(Number);
    return first > LEAST + 1_000 ? first : 32_768;
  } catch {
    return 32_768;
  }
}
