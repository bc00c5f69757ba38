import { type Message } from '@aws-sdk/client-sqs';
import { RETENTION_SECONDS } from './queue-topology';
import { firstSentAt } from './received-message';
import { sendOnceMore, type SendOnceMoreOptions } from './send-once-more';

/**
 * Sends a message that nothing is wrong with to the end of its group, where its receives are counted anew: an outage, however long, must
 * not fill the dead letters. Receivers bear the change of order, because they go by versions. The caller deletes the original.
 *
 * @returns false when the queue did not take it, or once the message is as old as SQS would have let it become.
 */
export async function putBackInLine(options: SendOnceMoreOptions, message: Message): Promise<boolean> {
  const since = firstSentAt(message);
  if (Date.now() - since.getTime() > RETENTION_SECONDS * 1_000) return false;
  return sendOnceMore(options, options.queue, message, { FirstSentAt: since.toISOString() });
}
