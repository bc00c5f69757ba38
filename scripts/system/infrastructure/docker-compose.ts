import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';

/** Starts the infrastructure in Docker and waits for its health checks. */
export function composeUp(settings: Settings): void {
  compose(settings, 'up', '--detach', '--wait');
}

/** Ends the infrastructure in Docker. Its volumes stay, unless `wipe` is set. */
export function composeDown(settings: Settings, options: { wipe: boolean }): void {
  compose(settings, 'down', ...(options.wipe ? ['--volumes'] : []));
}

function compose(settings: Settings, ...args: string[]): void {
  const { status } = spawnSync('docker', ['compose', ...args], {
    cwd: settings.projectFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: {
      ...settings.environment,
      COMPOSE_PROJECT_NAME: projectName(settings),
      POSTGRES_PORT: String(settings.ports.postgres),
      REDIS_PORT: String(settings.ports.redis),
      SQS_PORT: String(settings.ports.sqs),
    },
  });
  if (status !== 0) {
    throw new OperatorError(
      `docker compose ${args[0] ?? ''} failed: see above, or set INFRA=local to do without Docker.`,
    );
  }
}

/** Copies of the system with different state folders must not share containers or volumes. */
function projectName({ stateFolder, environment }: Settings): string {
  const hash = createHash('sha256').update(stateFolder).digest('hex').slice(0, 8);
  return environment['COMPOSE_PROJECT_NAME'] ?? `order-processing-${hash}`;
}
