import { join } from 'node:path';
import { httpAnswers } from './answers';
import { type OnSpawn, startDetached } from '../processes/start-detached';
import { stopProcess } from '../processes/stop-process';

export interface SqsOptions {
  readonly port: number;
  readonly logFile: string;
  readonly onSpawn?: OnSpawn;
  /** Put before the name of every queue. */
  readonly queuePrefix?: string;
}

const PROJECT = join(__dirname, '..', '..', '..');
const READY_WITHIN_MS = 20_000;
const STOPS_WITHIN_MS = 5_000;

/** Starts the local SQS on the loopback address, in the background, with the queues of the topology in place. */
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

/** Ends the local SQS. Its messages were in memory only and are gone. */
export async function stopSqs(pid: number): Promise<'stopped' | 'killed'> {
  return stopProcess(pid, 'SIGTERM', STOPS_WITHIN_MS);
}
