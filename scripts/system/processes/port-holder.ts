import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { processFacts } from './process-facts';

/** The process that listens on a TCP port of this machine; null if there is none or it is not visible. */
export function portHolder(port: number): { pid: number; command: string } | null {
  const pid = existsSync('/proc/net/tcp') ? pidFromProc(port) : pidFromLsof(port);
  const facts = pid === null ? null : processFacts(pid);
  return facts === null ? null : { pid: facts.pid, command: facts.command };
}

/** Whether the process listens on a TCP port; null where the operating system does not provide it. */
export function listensOn(pid: number, port: number): boolean | null {
  if (!existsSync('/proc/net/tcp')) return pidFromLsof(port) === pid;
  const files = openFiles(String(pid));
  if (files.length === 0) return null;
  return listeningInodes(port).some((inode) => files.includes(`socket:[${inode}]`));
}

const LISTENING = '0A';

function pidFromProc(port: number): number | null {
  const sockets = new Set(listeningInodes(port).map((inode) => `socket:[${inode}]`));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const holder = pids.find((pid) => openFiles(pid).some((file) => sockets.has(file)));
  return holder === undefined ? null : Number(holder);
}

function listeningInodes(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(1) : [],
  );
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(suffix) && state === LISTENING)
    .map((fields) => fields[9] ?? '');
}

/** Empty for a process of another user. A descriptor may be closed during the read. */
function openFiles(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return attempt(() => readdirSync(folder)).flatMap((descriptor) =>
    attempt(() => [readlinkSync(`${folder}/${descriptor}`)]),
  );
}

function attempt(read: () => string[]): string[] {
  try {
    return read();
  } catch {
    return [];
  }
}

function pidFromLsof(port: number): number | null {
  const { stdout } = spawnSync('lsof', ['-nP', '-t', `-iTCP:${String(port)}`, '-sTCP:LISTEN'], {
    encoding: 'utf8',
  });
  const pid = Number.parseInt(stdout, 10);
  return Number.isNaN(pid) ? null : pid;
}
