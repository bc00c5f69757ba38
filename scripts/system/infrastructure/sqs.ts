import { join } from 'node:path';
import { httpAnswers } from './answers';
import { type OnSpawn, startDetached } from '../processes/start-detached';
import { stopProcess } from '../processes/stop-process';

export interface SqsOptions {
  readonly port: number;
  readonly logFile: string;
  readonly onSpawn?: OnSpawn;
  /** Prefix of every queue name. */
  readonly queuePrefix?: string;
}

const PROJECT = join(__dirname, '..', '..', '..');
const READY_WITHIN_MS = 20_000;
const STOPS_WITHIN_MS = 5_000;

/** Starts the local SQS with the queues of the topology on the loopback address, in the background. */
export async function startSqs({
  port,
  logFile,
  queuePrefix = '',
  onSpawn,
}: SqsOptions): Promise<{ pid: number }> {
  return startDetached({
    name: 'SQS',
    command: process.execPath,
    args: ['-r', 'ts-node/register', join(__dirname, '..', 'sqs-server.ts'), String(port), queuePrefix],
    logFile,
    env: {},
    cwd: PROJECT,
    isReady: () => httpAnswers(`http://127.0.0.1:${String(port)}/health`),
    readyWithinMs: READY_WITHIN_MS,
    onSpawn,
  });
}

/** Stops the local SQS. Its messages are kept in memory only and are lost. */
export async function stopSqs(pid: number): Promise<'stopped' | 'killed'> {
  return stopProcess(pid, 'SIGTERM', STOPS_WITHIN_MS);
}
