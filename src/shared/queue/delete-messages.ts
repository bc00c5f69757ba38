import { DeleteMessageBatchCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { type Logger } from '../observability/logger';
import { MAX_ENTRIES } from './publish-batch';
import { entriesOf, reportFailures } from './report-failures';

/** Deletes messages of one queue. Resolves when the queue has answered; a failed delete is logged, never thrown. */
export type DeleteMessages = (queueUrl: string, messages: readonly Message[]) => Promise<void>;

interface Waiting {
  queueUrl: string;
  messages: readonly Message[];
  resolve: () => void;
}

/**
 * Deletes the messages of several receives in as few calls as possible: those that are handed over while the event loop handles the same
 * answers, for example of a transaction that they shared. No delete waits for a later one, nor for a call in flight.
 *
 * @returns a function that the pollers of one queue share.
 */
export function createDeleteMessages(client: SQSClient, logger: Logger): DeleteMessages {
  let waiting: Waiting[] = [];

  async function deleteAll(): Promise<void> {
    const deletes = waiting;
    waiting = [];
    const QueueUrl = deletes[0]?.queueUrl;
    const messages = deletes.flatMap((one) => one.messages);
    const batches = Array.from({ length: Math.ceil(messages.length / MAX_ENTRIES) }, (_, index) =>
      messages.slice(index * MAX_ENTRIES, (index + 1) * MAX_ENTRIES),
    );
    await Promise.all(
      batches.map((batch) => {
        const command = new DeleteMessageBatchCommand({ QueueUrl, Entries: entriesOf(batch) });
        return reportFailures(logger, 'delete', () => client.send(command));
      }),
    );
    for (const { resolve } of deletes) resolve();
  }

  return (queueUrl, messages) =>
    new Promise((resolve) => {
      if (waiting.length === 0) setImmediate(() => void deleteAll());
      waiting.push({ queueUrl, messages, resolve });
    });
}
