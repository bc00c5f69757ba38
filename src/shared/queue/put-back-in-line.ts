import { type Message } from '@aws-sdk/client-sqs';
import { type Logger } from '../observability/logger';
import { RETENTION_SECONDS } from './queue-topology';
import { firstSentAt } from './received-message';
import { sendOnceMore, type SendOptions } from './send-once-more';

export interface PutBackOptions extends SendOptions {
  /** Where the message comes from, and goes to. */
  queue: string;
  logger: Logger;
}

/**
 * Sends a message that nothing is wrong with to the end of its group, where its receives are counted anew: an outage, however long, must
 * not fill the dead letters. Receivers bear the change of order, because they go by versions. The caller deletes the original.
 *
 * @returns false when the queue did not take it, or once the message is as old as SQS would have let it become.
 */
export async function putBackInLine(options: PutBackOptions, message: Message): Promise<boolean> {
  const since = firstSentAt(message);
  if (Date.now() - since.getTime() > RETENTION_SECONDS * 1_000) return false;
  const failure = await sendOnceMore(options, options.queue, message, { FirstSentAt: since.toISOString() });
  if (failure !== null)
    options.logger.warn('a message could not be put back in line', {
      queue: options.queue,
      message_id: message.MessageId,
      error: failure,
    });
  return failure === null;
}
