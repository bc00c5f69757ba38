import { ensureQueues, type QueueReport } from './ensure-queues';
import { type QueueConfig } from './queue-access';
import { createSqsClient } from './sqs-client';

const CALL_MS = 10_000;

/**
 * Creates the queues that are missing and compares the others with the topology.
 *
 * @param update whether settings that differ are changed.
 * @returns a line for each queue.
 * @throws Error with the differences when there are any and they are not to be changed.
 */
export async function createQueues(
  config: Pick<QueueConfig, 'AWS_REGION' | 'SQS_ENDPOINT' | 'QUEUE_NAME_PREFIX'>,
  update: boolean,
): Promise<string> {
  const client = createSqsClient({
    region: config.AWS_REGION,
    endpoint: config.SQS_ENDPOINT,
    requestTimeoutMs: CALL_MS,
  });
  try {
    const reports = await ensureQueues(client, config.QUEUE_NAME_PREFIX, { update });
    const text = reports.flatMap(linesOf).join('\n');
    if (reports.every(({ outcome }) => outcome !== 'differs')) return text;
    throw new Error(`${text}\nRun create-queues with --update to change these settings.`);
  } finally {
    client.destroy();
  }
}

const linesOf = ({ name, outcome, differences }: QueueReport): string[] => [
  `${name}: ${outcome}`,
  ...differences.map((line) => `  ${line}`),
];
