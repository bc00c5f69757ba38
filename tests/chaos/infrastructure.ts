import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEEP_COMMIT_TIMES } from '../support/commit-times';
import { startServers, type ServerName, type Servers } from '../support/production-stack/servers';

export interface Infrastructure {
  servers: Servers;
  /** Takes all room that is left to PostgreSQL; null where its data cannot be put on a small disk of its own. */
  disk: { fill(): void; free(): void } | null;
  stop(): Promise<void>;
}

/** Room for the databases of a long run; the rest is what a filled disk takes in memory. */
const DISK_MEGABYTES = 2_500;

/** The servers in that folder, PostgreSQL on a small disk of its own where that can be had. */
export async function startInfrastructure(
  folder: string,
  ports: Record<ServerName, number>,
): Promise<Infrastructure> {
  const postgresFolder = join(folder, 'disk');
  const disk = mountDisk(postgresFolder);
  const postgresSettings = { max_connections: '200', max_wal_size: '256MB', ...KEEP_COMMIT_TIMES };
  const servers = await startServers({ folder, postgresFolder, postgresSettings, ports });
  return {
    servers,
    disk,
    async stop() {
      await servers.stop();
      disk?.unmount();
    },
  };
}

/** A file system of its own in memory, where the machine allows it (Linux, as root). */
function mountDisk(folder: string): { fill(): void; free(): void; unmount(): void } | null {
  mkdirSync(folder, { recursive: true });
  try {
    const options = `size=${String(DISK_MEGABYTES)}m,mode=0755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const filler = join(folder, 'filler');
  return {
    fill() {
      const { bavail, bsize } = statfsSync(folder);
      writeFileSync(filler, '');
      try {
        execFileSync('fallocate', ['-l', String(bavail * bsize), filler], { stdio: 'ignore' });
      } catch {
        truncateSync(filler, 0);
      }
    },
    free: () => rmSync(filler, { force: true }),
    unmount() {
      execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
    },
  };
}
