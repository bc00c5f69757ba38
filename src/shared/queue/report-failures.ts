import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';

/**
 * Makes a call about received messages. When it fails, or for some messages, their lease may be lost and they may be delivered again, which
 * the handlers tolerate: that is logged, never thrown.
 */
export async function reportFailures(
  logger: Logger,
  action: string,
  call: () => Promise<{ Failed?: { Message?: string | undefined }[] | undefined }>,
): Promise<void> {
  try {
    const { Failed = [] } = await call();
    for (const failure of Failed)
      logger.warn(`lost a lease: could not ${action} a message`, { error: failure.Message });
  } catch (error) {
    logger.warn(`could not ${action} messages; they will be delivered again`, { error: messageOf(error) });
  }
}

/** The entries of a batch call about received messages. */
export const entriesOf = (
  messages: readonly { ReceiptHandle?: string | undefined }[],
): { Id: string; ReceiptHandle: string }[] =>
  messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle ?? '' }));
