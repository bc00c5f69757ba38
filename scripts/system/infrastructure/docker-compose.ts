import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { OperatorError } from '../operator-error';
import { runToEnd } from '../processes/run-to-end';
import { type Settings } from '../settings';

const ANSWERS_WITHIN_MS = 3000;

/** Why Docker cannot run the infrastructure, as a sentence; null when it can. */
export function dockerFault(settings: Settings): string | null {
  const ask = (...args: string[]) =>
    spawnSync('docker', args, { stdio: 'ignore', timeout: ANSWERS_WITHIN_MS, env: settings.environment });
  const { status, error } = ask('info');
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return 'Docker is not installed';
  if (status !== 0) return 'the Docker daemon does not answer';
  return ask('compose', 'version').status === 0 ? null : 'the Docker plugin compose is missing';
}

/** Starts the infrastructure in Docker, or some of it, and waits for its health checks. */
export function composeUp(settings: Settings, names: readonly string[]): void {
  compose(settings, 'up', '--detach', '--wait', ...names);
}

/** Stops the named containers. */
export function composeStop(settings: Settings, names: readonly string[]): void {
  compose(settings, 'stop', ...names);
}

/** Removes the containers. Volumes are kept, unless `wipe` is set. */
export function composeDown(settings: Settings, options: { wipe: boolean }): void {
  compose(settings, 'down', ...(options.wipe ? ['--volumes'] : []));
}

/** The components whose containers run, for this copy only. */
export async function composeRunning(settings: Settings): Promise<ReadonlySet<string>> {
  const { exitCode, output } = await runToEnd(
    'docker',
    ['compose', 'ps', '--services', '--status', 'running'],
    { cwd: settings.projectFolder, env: composeEnvironment(settings) },
  ).catch(() => ({ exitCode: 1, output: '' }));
  return new Set(exitCode === 0 ? output.split('\n').map((line) => line.trim()) : []);
}

function compose(settings: Settings, ...args: string[]): void {
  const { status } = spawnSync('docker', ['compose', ...args], {
    cwd: settings.projectFolder,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: composeEnvironment(settings),
  });
  if (status !== 0) {
    throw new OperatorError(
      `docker compose ${args[0] ?? ''} failed: see above, or set INFRA=local to run without Docker.`,
    );
  }
}

function composeEnvironment(settings: Settings): NodeJS.ProcessEnv {
  return {
    ...settings.environment,
    COMPOSE_PROJECT_NAME: projectName(settings),
    POSTGRES_PORT: String(settings.ports.postgres),
    REDIS_PORT: String(settings.ports.redis),
    SQS_PORT: String(settings.ports.sqs),
  };
}

/** Copies of the system with different state folders must not share containers or volumes. */
function projectName({ stateFolder, environment }: Settings): string {
  const hash = createHash('sha256').update(stateFolder).digest('hex').slice(0, 8);
  return environment['COMPOSE_PROJECT_NAME'] ?? `order-processing-${hash}`;
}
