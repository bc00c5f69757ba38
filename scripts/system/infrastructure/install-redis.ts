import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { report } from '../terminal';

const SERVICE_PID_FILE = '/run/redis/redis-server.pid';

/** Installs the distribution's Redis on a Debian-like machine, as root. Our own server runs beside it, on its own port. */
export function installRedis(aptGet: string, searchPath: string): void {
  report('redis', 'not installed: installing the package redis-server with apt-get (once)');
  const hadService = existsSync(SERVICE_PID_FILE);
  const run = (command: string, ...args: string[]): boolean =>
    spawnSync(command, args, {
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { PATH: searchPath, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' },
    }).status === 0;
  const install = (): boolean => run(aptGet, 'install', '-y', '-q', 'redis-server');
  if (!install()) {
    run(aptGet, 'update', '-q');
    install();
  }
  if (!hadService) stopDistributionService(run);
}

/** The package starts a server of its own, on the usual port, and at each boot: nobody asked for that one. */
function stopDistributionService(run: (command: string, ...args: string[]) => boolean): void {
  if (existsSync('/run/systemd/system')) run('systemctl', 'disable', '--now', '--quiet', 'redis-server');
  else if (existsSync(SERVICE_PID_FILE)) run('service', 'redis-server', 'stop');
}
