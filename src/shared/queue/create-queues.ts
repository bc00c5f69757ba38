import { messageOf } from '../errors';
import { ensureQueues, type QueueReport } from './ensure-queues';
import { type QueueConfig } from './queue-access';
import { createSqsClient } from './sqs-client';

const CALL_MS = 10_000;

/**
 * Creates the queues that are missing and compares the others with the topology.
 *
 * @param update whether settings that differ are changed.
 * @returns a line for each queue.
 * @throws Error with the differences when there are any and they are not to be changed, or that says where SQS refuses or does not answer.
 */
export async function createQueues(
  config: Place & Pick<QueueConfig, 'QUEUE_NAME_PREFIX'>,
  update: boolean,
): Promise<string> {
  const client = createSqsClient({
    region: config.AWS_REGION,
    endpoint: config.SQS_ENDPOINT,
    requestTimeoutMs: CALL_MS,
  });
  try {
    const reports = await ensureQueues(client, config.QUEUE_NAME_PREFIX, { update }).catch(
      (cause: unknown) => {
        throw new Error(`${placeOf(config)}: ${reasonOf(cause)}`, { cause });
      },
    );
    const text = reports.flatMap(linesOf).join('\n');
    if (reports.every(({ outcome }) => outcome !== 'differs')) return text;
    throw new Error(`${text}\nRun create-queues with --update to change these settings.`);
  } finally {
    client.destroy();
  }
}

type Place = Pick<QueueConfig, 'AWS_REGION' | 'SQS_ENDPOINT'>;

const placeOf = ({ AWS_REGION: region, SQS_ENDPOINT: endpoint }: Place): string =>
  endpoint === undefined ? `SQS in region ${region}` : `SQS at ${endpoint}`;

/** Of an answer that is not one of SQS the SDK says UnknownError, or which token is not JSON; its HTTP status says more. */
function reasonOf(error: unknown): string {
  const { $metadata, $response } = error as SdkFault;
  const isForeign = error instanceof SyntaxError || messageOf(error) === 'UnknownError';
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  return isForeign ? `its answer is not one of SQS (HTTP ${String(status)})` : messageOf(error);
}

interface SdkFault {
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
}

const linesOf = ({ name, outcome, differences }: QueueReport): string[] => [
  `${name}: ${outcome}`,
  ...differences.map((line) => `  ${line}`),
];
