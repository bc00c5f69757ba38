import { type Message, type SQSClient } from '@aws-sdk/client-sqs';

/** A message in the queue and what became of it so far. */
interface Stored {
  group: string;
  body: string;
  receives: number;
  /** Of the last receive; an older one is worth nothing. */
  receipt: string;
  hiddenUntil: number;
}

interface Command {
  constructor: { name: string };
  input: { MaxNumberOfMessages?: number; VisibilityTimeout?: number; Entries?: Entry[] };
}

interface Entry {
  Id: string;
  ReceiptHandle: string;
  VisibilityTimeout: number;
}

/** One FIFO queue with the rules of SQS that the emulators are lax about, on a clock that the test moves. */
export interface StrictFifo {
  client: SQSClient;
  add(group: string, body: string): void;
  /** Moves the clock on, in seconds; leases run out. */
  pass(seconds: number): void;
  waiting(): string[];
  dead: string[];
}

const EXPIRED = 'The receipt handle has expired';

/**
 * As the SQS developer guide has it: a receive gives several messages of one group, in order; while one of a group is in flight
 * none of it is given; a receipt is refused once its lease has run out or the message was received again; past the
 * receive count a message goes to the dead letters.
 */
export function strictFifo(maxReceives = 5): StrictFifo {
  let messages: Stored[] = [];
  let now = 0;
  let receipts = 0;
  const dead: string[] = [];

  function receive(limit: number, visibility: number): Message[] {
    const blocked = new Set(messages.filter((m) => m.hiddenUntil > now).map((m) => m.group));
    const free = messages.filter((m) => !blocked.has(m.group));
    const exhausted = free.filter((m) => m.receives >= maxReceives);
    dead.push(...exhausted.map((m) => m.body));
    messages = messages.filter((m) => !exhausted.includes(m));
    const given = free.filter((m) => !exhausted.includes(m)).slice(0, limit);
    for (const message of given) {
      message.receives += 1;
      message.receipt = `r${(receipts += 1)}`;
      message.hiddenUntil = now + visibility;
    }
    return given.map(toMessage);
  }

  const held = (receipt: string): Stored | undefined =>
    messages.find((m) => m.receipt === receipt && m.hiddenUntil > now);

  function forEach(entries: Entry[], apply: (message: Stored, entry: Entry) => void) {
    const Failed = entries.filter((entry) => !held(entry.ReceiptHandle));
    for (const entry of entries.filter((one) => !Failed.includes(one)))
      apply(held(entry.ReceiptHandle)!, entry);
    return { Failed: Failed.map(({ Id }) => ({ Id, Message: EXPIRED })) };
  }

  function send({ constructor: { name }, input }: Command): Promise<unknown> {
    const { Entries = [] } = input;
    if (name === 'ReceiveMessageCommand')
      return Promise.resolve({
        Messages: receive(input.MaxNumberOfMessages ?? 1, input.VisibilityTimeout ?? 30),
      });
    if (name === 'DeleteMessageBatchCommand')
      return Promise.resolve(
        forEach(Entries, (message) => (messages = messages.filter((m) => m !== message))),
      );
    return Promise.resolve(
      forEach(Entries, (message, entry) => (message.hiddenUntil = now + entry.VisibilityTimeout)),
    );
  }

  return {
    client: { send } as unknown as SQSClient,
    add: (group, body) => void messages.push({ group, body, receives: 0, receipt: '', hiddenUntil: 0 }),
    pass: (seconds) => void (now += seconds),
    waiting: () => messages.map((m) => m.body),
    dead,
  };
}

function toMessage({ group, body, receives, receipt }: Stored): Message {
  return {
    MessageId: body,
    Body: body,
    ReceiptHandle: receipt,
    Attributes: { MessageGroupId: group, ApproximateReceiveCount: String(receives) },
  };
}
