import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { report, shortPath } from '../terminal';

const SERVICE_PID_FILE = '/run/redis/redis-server.pid';
/** Without a network apt-get would wait for minutes, and the system can run without Redis. */
const APT_LIMITS = [
  '-o',
  'Acquire::Retries=0',
  '-o',
  'Acquire::http::Timeout=10',
  '-o',
  'Acquire::https::Timeout=10',
];
const ENDS_WITHIN_MS = 90_000;

type Run = (command: string, ...args: string[]) => Promise<boolean>;

/** Installs the distribution's Redis on a Debian-like machine, as root. The script starts its own server on its own port. */
export async function installRedis(aptGet: string, searchPath: string, logFile: string): Promise<void> {
  report(
    'redis',
    `not installed: installing the package redis-server with apt-get, its output in ${shortPath(logFile)}`,
  );
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const run: Run = (command, ...args) => runLogged(command, args, searchPath, log);
  const hadService = existsSync(SERVICE_PID_FILE);
  const install = (): Promise<boolean> => run(aptGet, 'install', '-y', '-q', ...APT_LIMITS, 'redis-server');
  if (!(await install())) {
    await run(aptGet, 'update', '-q', ...APT_LIMITS);
    await install();
  }
  if (!hadService) await stopDistributionService(run);
  closeSync(log);
}

function runLogged(
  command: string,
  args: readonly string[],
  searchPath: string,
  log: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', log, log],
      env: { PATH: searchPath, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
      timeout: ENDS_WITHIN_MS,
    });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

/** The package starts a server on the default port, now and at each boot: that one is stopped. */
async function stopDistributionService(run: Run): Promise<void> {
  if (existsSync('/run/systemd/system'))
    await run('systemctl', 'disable', '--now', '--quiet', 'redis-server');
  else if (existsSync(SERVICE_PID_FILE)) await run('service', 'redis-server', 'stop');
}
