import { queueAt, queueNamed, urlOf, type Account, type Call } from './call';
import { arnOf } from './enqueue';
import { isAskedFor, required } from './parameters';
import { readSettings, type QueueAttributes } from './queue-settings';
import { dropExpired, isInFlight, newQueue, purge, type QueueState } from './queue-state';
import { SqsError } from './sqs-error';

interface CreateQueueInput {
  QueueName?: string;
  Attributes?: QueueAttributes;
}

export function createQueue({ account, input }: Call<CreateQueueInput>) {
  const name = required(input.QueueName, 'QueueName');
  if (!/^[\w-]{1,75}\.fifo$/.test(name))
    throw new SqsError(
      'InvalidParameterValue',
      'The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.',
    );
  const attributes = input.Attributes ?? {};
  const existing = account.queues.get(name);
  if (existing) {
    if (!isSame(existing.settings.attributes, attributes))
      throw new SqsError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for an attribute`,
      );
  } else {
    const origin = { name, settings: readSettings(attributes), createdAt: account.clock.now() };
    account.queues.set(name, newQueue({ ...origin, redrive: redriveOf(account, attributes) }));
  }
  return { QueueUrl: urlOf(account, name) };
}

const isSame = (has: QueueAttributes, asked: QueueAttributes): boolean =>
  Object.entries(asked).every(([name, value]) => has[name] === value);

function redriveOf(account: Account, { RedrivePolicy }: QueueAttributes): QueueState['redrive'] {
  if (RedrivePolicy === undefined) return null;
  const policy = JSON.parse(RedrivePolicy) as { deadLetterTargetArn?: string; maxReceiveCount?: unknown };
  const maxReceiveCount = Number(policy.maxReceiveCount);
  const deadLetters = account.queues.get(policy.deadLetterTargetArn?.split(':').at(-1) ?? '');
  if (!deadLetters || !(maxReceiveCount >= 1 && maxReceiveCount <= 1_000))
    throw new SqsError(
      'InvalidParameterValue',
      `Value ${RedrivePolicy} for parameter RedrivePolicy is invalid.`,
    );
  return { deadLetters, maxReceiveCount };
}

export function getQueueUrl({ account, input }: Call<{ QueueName?: string }>) {
  const { name } = queueNamed(account, required(input.QueueName, 'QueueName'));
  return { QueueUrl: urlOf(account, name) };
}

export function getQueueAttributes(call: Call<{ QueueUrl?: string; AttributeNames?: string[] }>) {
  const queue = queueAt(call);
  const all = attributesOf(queue, call.account.clock.now());
  const asked = Object.entries(all).filter(([name]) => isAskedFor(name, call.input.AttributeNames ?? []));
  return asked.length > 0 ? { Attributes: Object.fromEntries(asked) } : {};
}

function attributesOf(queue: QueueState, now: number): QueueAttributes {
  dropExpired(queue, now);
  const inFlight = queue.messages.filter((message) => isInFlight(message, now)).length;
  const createdAt = String(Math.floor(queue.createdAt / 1_000));
  return {
    ...queue.settings.attributes,
    QueueArn: arnOf(queue.name),
    CreatedTimestamp: createdAt,
    LastModifiedTimestamp: createdAt,
    ApproximateNumberOfMessages: String(queue.messages.length - inFlight),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: '0',
  };
}

export function purgeQueue(call: Call<{ QueueUrl?: string }>) {
  if (!purge(queueAt(call), call.account.clock.now()))
    throw new SqsError('PurgeQueueInProgress', 'Only one PurgeQueue operation is allowed every 60 seconds.');
  return {};
}
