import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOf } from '../errors';
import { type QueueConfig } from './queue-access';
import { MAX_RECEIVE_COUNT, type QueueDefinition, queueTopology } from './queue-topology';
import { createSqsClient } from './sqs-client';

const CALL_MS = 10_000;

/**
 * Creates the missing queues and compares the settings of the others with the topology.
 *
 * @param update whether to change settings that differ.
 * @returns one line for each queue, with further lines for its differences.
 * @throws Error that lists the differences when there are any and `update` is false, or that names the region or endpoint when SQS
 * refuses or does not answer.
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

/** For an answer that does not come from SQS, the SDK reports UnknownError or a JSON syntax error; the HTTP status says more. */
function reasonOf(error: unknown): string {
  const { $metadata, $response } = error as SdkFault;
  const isForeign = error instanceof SyntaxError || messageOf(error) === 'UnknownError';
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  return isForeign ? `the response is not one of SQS (HTTP ${String(status)})` : messageOf(error);
}

const linesOf = ({ name, outcome, differences }: QueueReport): string[] => [
  `${name}: ${outcome}`,
  ...differences.map((line) => `  ${line}`),
];

/** The result for one queue. */
export interface QueueReport {
  name: string;
  outcome: 'created' | 'unchanged' | 'updated' | 'differs';
  /** One line for each setting that differs from the topology; for an updated queue, the settings before the update. */
  differences: readonly string[];
}

/**
 * Creates every missing queue of the topology and compares the settings of the existing ones (SQS attributes, redrive policy).
 *
 * @param prefix put before the name of each queue.
 * @param update whether to change settings that differ; by default they are only reported.
 * @returns a report for each queue, dead-letter queues first.
 * @throws the error of the SDK when SQS refuses or does not answer.
 */
export async function ensureQueues(
  client: SQSClient,
  prefix = '',
  { update = false }: { update?: boolean } = {},
): Promise<QueueReport[]> {
  const reports: QueueReport[] = [];
  const arns = new Map<string, string>();
  for (const queue of queueTopology(prefix)) {
    const wanted = wantedAttributes(queue, arns);
    const existing = await findQueue(client, queue.name);
    const url = existing?.url ?? (await createQueue(client, queue.name, wanted));
    arns.set(queue.name, (existing?.attributes ?? (await attributesOf(client, url)))['QueueArn'] ?? '');
    const differing = existing ? differingNames(wanted, existing.attributes) : [];
    const differences = differing.map((name) => difference(name, wanted, existing?.attributes ?? {}));
    if (differing.length > 0 && update) await updateQueue(client, url, wanted, differing);
    const found = differing.length === 0 ? 'unchanged' : update ? 'updated' : 'differs';
    reports.push({ name: queue.name, outcome: existing ? found : 'created', differences });
  }
  return reports;
}

type Attributes = Readonly<Record<string, string>>;

function wantedAttributes(queue: QueueDefinition, arns: ReadonlyMap<string, string>): Attributes {
  if (queue.deadLetterQueue === null) return queue.attributes;
  const policy = {
    deadLetterTargetArn: arns.get(queue.deadLetterQueue),
    maxReceiveCount: MAX_RECEIVE_COUNT,
  };
  return { ...queue.attributes, RedrivePolicy: JSON.stringify(policy) };
}

async function findQueue(
  client: SQSClient,
  name: string,
): Promise<{ url: string; attributes: Attributes } | null> {
  try {
    const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
    return { url: QueueUrl, attributes: await attributesOf(client, QueueUrl) };
  } catch (error) {
    if (/QueueDoesNotExist|NonExistentQueue/.test((error as Error).name)) return null;
    throw error;
  }
}

async function attributesOf(client: SQSClient, QueueUrl: string): Promise<Attributes> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  return (Attributes ?? {}) as Attributes;
}

async function createQueue(client: SQSClient, QueueName: string, attributes: Attributes): Promise<string> {
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
  return QueueUrl;
}

/** Leaves out `FifoQueue`: SQS refuses to change the type of a queue, or to set it again. */
async function updateQueue(
  client: SQSClient,
  QueueUrl: string,
  wanted: Attributes,
  names: readonly string[],
): Promise<void> {
  const changes = names.filter((name) => name !== 'FifoQueue').map((name) => [name, wanted[name] ?? '']);
  const Attributes = Object.fromEntries(changes) as Record<string, string>;
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
}

const differingNames = (wanted: Attributes, found: Attributes): string[] =>
  Object.keys(wanted).filter((name) => comparable(name, wanted[name]) !== comparable(name, found[name]));

/** SQS and its emulators format the numbers and members of the policy differently. */
function comparable(name: string, value: string | undefined): string {
  if (name !== 'RedrivePolicy' || !value) return value ?? '';
  const policy = JSON.parse(value) as { deadLetterTargetArn?: string; maxReceiveCount?: number | string };
  return `${policy.deadLetterTargetArn ?? ''} after ${String(policy.maxReceiveCount)} receives`;
}

function difference(name: string, wanted: Attributes, found: Attributes): string {
  const actual = comparable(name, found[name]) || 'not set';
  return `${name} is ${actual}, and should be ${comparable(name, wanted[name])}`;
}

interface SdkFault {
  $metadata?: { httpStatusCode?: number };
  $response?: { statusCode?: number };
}
