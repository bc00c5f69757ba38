import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { isBlockedPort } from '../../scripts/system/processes/blocked-ports';
import { PORT_SHARE } from '../../scripts/system/tests/port-share';

const LEAST = 10_000;

/** Where the ports of outgoing connections begin. */
const EPHEMERAL = firstEphemeral();

/** The ports that this process has chosen. Servers may not listen on them yet, or not at the moment. */
const chosen = new Set<number>();

/**
 * `count` different free TCP ports of the loopback address that the system does not give to outgoing connections: a server that listens on one of
 * them can be ended and started again, and finds its port free. None is blocked for HTTP, and none is chosen twice in a process.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = randomPort();
    if (isBlockedPort(port) || chosen.has(port)) continue;
    chosen.add(port);
    if (await isFree(port)) found.push(port);
  }
  return found;
}

function randomPort(): number {
  const [index = 0, shares = 1] = (process.env[PORT_SHARE] ?? '0/1').split('/').map(Number);
  return LEAST + index + shares * Math.floor((Math.random() * (EPHEMERAL - LEAST - index)) / shares);
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
