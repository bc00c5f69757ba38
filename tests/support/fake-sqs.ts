import { type Message, type SQSClient } from '@aws-sdk/client-sqs';

interface Command {
  constructor: { name: string };
  input: Record<string, unknown>;
}

interface Entry {
  /** The queue of the call. */
  QueueUrl: string;
  Id: string;
  MessageBody: string;
  MessageGroupId: string;
  MessageDeduplicationId: string;
  MessageAttributes?: Record<string, { DataType: string; StringValue: string }>;
  ReceiptHandle: string;
  VisibilityTimeout: number;
}

/** A fake SQS client: the test defines its answers, and its calls are recorded. */
export interface FakeSqs {
  client: SQSClient;
  /** Every entry of every send, in order. */
  sent: Entry[];
  deleted: string[];
  visibility: [receipt: string, seconds: number][];
  /** The answers of the next receives; after the last one a receive waits until it is aborted. */
  batches: Message[][];
  /** The reason to refuse a message body or a receipt, as `text` or `Code: text`; null: accepted. */
  refuse: (id: string) => string | null;
  /** The same for the whole entry of a send. */
  refuseEntry: (entry: Entry) => string | null;
  /** Called with the entries of each send before they are processed; throw to refuse the whole call. */
  refuseCall: (entries: readonly Entry[]) => void;
  /** Called with the name of each command before it is answered; throw to simulate a connection error. */
  before: (command: string) => void | Promise<void>;
}

export function fakeSqs(): FakeSqs {
  const fake: FakeSqs = {
    client: { send } as unknown as SQSClient,
    sent: [],
    deleted: [],
    visibility: [],
    batches: [],
    refuse: () => null,
    refuseEntry: () => null,
    refuseCall: () => undefined,
    before: () => undefined,
  };

  async function send(
    { constructor: { name }, input }: Command,
    options?: { abortSignal?: AbortSignal },
  ): Promise<unknown> {
    await fake.before(name);
    const { QueueUrl } = input as { QueueUrl: string };
    const entries = ((input['Entries'] ?? []) as Entry[]).map((entry) => ({ ...entry, QueueUrl }));
    if (name === 'ReceiveMessageCommand') return receive(options?.abortSignal);
    if (name === 'SendMessageBatchCommand') {
      fake.refuseCall(entries);
      return answer(
        entries,
        (entry) => entry.MessageDeduplicationId,
        (entry) => fake.sent.push(entry),
      );
    }
    if (name === 'DeleteMessageBatchCommand') {
      return answer(
        entries,
        (entry) => entry.ReceiptHandle,
        (entry) => fake.deleted.push(entry.ReceiptHandle),
      );
    }
    fake.visibility.push(
      ...entries.map((entry): [string, number] => [entry.ReceiptHandle, entry.VisibilityTimeout]),
    );
    return {};
  }

  function receive(signal?: AbortSignal): Promise<{ Messages: Message[] }> {
    const Messages = fake.batches.shift();
    if (signal?.aborted) return Promise.reject(new Error('aborted'));
    if (Messages) return Promise.resolve({ Messages });
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))));
  }

  function answer(entries: Entry[], idOf: (entry: Entry) => string, take: (entry: Entry) => void) {
    const refusal = (entry: Entry): string | null => fake.refuse(idOf(entry)) ?? fake.refuseEntry(entry);
    const Failed = entries.filter((entry) => refusal(entry) !== null);
    const Successful = entries.filter((entry) => !Failed.includes(entry));
    Successful.forEach(take);
    return {
      Successful,
      Failed: Failed.map((entry) => ({ Id: entry.Id, ...refusalOf(refusal(entry) ?? '') })),
    };
  }

  return fake;
}

/** Formats a refusal like SQS, with SenderFault unset for server errors. */
function refusalOf(reason: string) {
  const [, Code, Message] = /^(\S+): (.*)$/.exec(reason) ?? [];
  if (Code === undefined) return { Message: reason };
  return { Code, Message, SenderFault: Code !== 'InternalFailure' };
}

/** A received message whose receipt equals its body. */
export function received(groupId: string, body: string, receives = 1): Message {
  return {
    MessageId: body,
    Body: body,
    ReceiptHandle: body,
    Attributes: { MessageGroupId: groupId, ApproximateReceiveCount: String(receives) },
  };
}
