import { execFile, type ExecFileException } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-ports';
import { afterThisProcess } from './end-with-this-process';

export interface Outcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A copy of the system that the scripts run, on ports and in a folder of its own. */
export interface ManagedSystem {
  readonly stateFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where its Order Service is. */
  readonly origin: string;
  /** Runs `manage-system.sh`. */
  manage(args: readonly string[], extra?: NodeJS.ProcessEnv): Promise<Outcome>;
  /** Runs another of the scripts. */
  run(script: string): Promise<Outcome>;
  remove(): Promise<void>;
}

const SCRIPTS = join(__dirname, '..', '..', 'scripts');
/** Commands that were at work are ended first, with this process. */
const RESET = '[ -d "$0" ] || exit; sleep 2; "$SCRIPT" reset --yes; rm -rf "$0"';
const PORTS = ['ORDER_SERVICE_PORT', 'DELIVERY_SERVICE_PORT', 'POSTGRES_PORT', 'REDIS_PORT', 'SQS_PORT'];

export async function managedSystem(variables: NodeJS.ProcessEnv = {}): Promise<ManagedSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'managed-system-'));
  const stateFolder = join(folder, 'state');
  const ports = await freePorts(PORTS.length);
  const environment = {
    ...process.env,
    INFRA: 'local',
    LOCAL_DIR: stateFolder,
    ...Object.fromEntries(PORTS.map((name, index) => [name, String(ports[index])])),
    ...variables,
  };
  afterThisProcess(RESET, [folder], { ...environment, SCRIPT: join(SCRIPTS, 'manage-system.sh') });
  const run = (
    script: string,
    args: readonly string[] = [],
    extra: NodeJS.ProcessEnv = {},
  ): Promise<Outcome> => execute(join(SCRIPTS, script), args, { ...environment, ...extra });
  return {
    stateFolder,
    environment,
    origin: `http://127.0.0.1:${String(ports[0])}`,
    manage: (args, extra) => run('manage-system.sh', args, extra),
    run,
    async remove() {
      await run('manage-system.sh', ['reset', '--yes']);
      rmSync(folder, { recursive: true });
    },
  };
}

function execute(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(file, args, { env }, (error: ExecFileException | null, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code ?? 1), stdout, stderr });
    });
  });
}
