import { SqsError } from './sqs-error';

/** The attributes of a queue, as CreateQueue takes them. */
export type QueueAttributes = Readonly<Record<string, string>>;

export interface QueueSettings {
  attributes: QueueAttributes;
  visibilitySeconds: number;
  waitSeconds: number;
  retentionSeconds: number;
  maximumBytes: number;
  isDeduplicatedPerGroup: boolean;
  isDeduplicatedByContent: boolean;
}

const DEFAULTS: QueueAttributes = {
  FifoQueue: 'true',
  ContentBasedDeduplication: 'false',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
  VisibilityTimeout: '30',
  ReceiveMessageWaitTimeSeconds: '0',
  MessageRetentionPeriod: '345600',
  MaximumMessageSize: '262144',
  DelaySeconds: '0',
};

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  VisibilityTimeout: [0, 43_200],
  ReceiveMessageWaitTimeSeconds: [0, 20],
  MessageRetentionPeriod: [60, 1_209_600],
  MaximumMessageSize: [1_024, 262_144],
  DelaySeconds: [0, 0],
};

const VALUES: Readonly<Record<string, readonly string[]>> = {
  FifoQueue: ['true'],
  ContentBasedDeduplication: ['true', 'false'],
  DeduplicationScope: ['queue', 'messageGroup'],
  FifoThroughputLimit: ['perQueue', 'perMessageGroupId'],
};

/** @throws SqsError for attributes that a FIFO queue does not have, and for DelaySeconds of a queue, which is not simulated */
export function readSettings(given: QueueAttributes): QueueSettings {
  if (given['FifoQueue'] !== 'true')
    throw new SqsError('UnsupportedOperation', 'Only FIFO queues are simulated.');
  for (const [name, value] of Object.entries(given)) check(name, value);
  const attributes = { ...DEFAULTS, ...given };
  if (
    attributes['FifoThroughputLimit'] === 'perMessageGroupId' &&
    attributes['DeduplicationScope'] !== 'messageGroup'
  )
    throw new SqsError('InvalidAttributeValue', 'Invalid value for the parameter FifoThroughputLimit.');
  return {
    attributes,
    visibilitySeconds: Number(attributes['VisibilityTimeout']),
    waitSeconds: Number(attributes['ReceiveMessageWaitTimeSeconds']),
    retentionSeconds: Number(attributes['MessageRetentionPeriod']),
    maximumBytes: Number(attributes['MaximumMessageSize']),
    isDeduplicatedPerGroup: attributes['DeduplicationScope'] === 'messageGroup',
    isDeduplicatedByContent: attributes['ContentBasedDeduplication'] === 'true',
  };
}

function check(name: string, value: string): void {
  const [range, values] = [RANGES[name], VALUES[name]];
  if (!range && !values && name !== 'RedrivePolicy')
    throw new SqsError('InvalidAttributeName', `Unknown Attribute ${name}.`);
  const isRight = range
    ? /^\d+$/.test(value) && Number(value) >= range[0] && Number(value) <= range[1]
    : (values?.includes(value) ?? true);
  if (!isRight) throw new SqsError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}
