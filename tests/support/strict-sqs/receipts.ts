import { dropExpired, isInFlight, type QueuedMessage, type QueueState } from './queue-state';
import { SqsError } from './sqs-error';

/** No message can be hidden for longer than this after a receive. */
const LONGEST_HOLD_SECONDS = 43_200;

/**
 * Deletes a message. An expired or superseded receipt is refused; the receipt of an already deleted message is accepted.
 */
export function remove(queue: QueueState, receipt: string, now: number): void {
  const message = messageOf(queue, receipt, now);
  if (!queue.messages.includes(message)) return;
  if (!isHeld(message, receipt, now)) throw invalid(receipt, 'The receipt handle has expired');
  queue.messages = queue.messages.filter((one) => one !== message);
  queue.onRemoved(message);
}

export function changeVisibility(queue: QueueState, receipt: string, seconds: number, now: number): void {
  const message = messageOf(queue, receipt, now);
  if (!queue.messages.includes(message) || !isHeld(message, receipt, now))
    throw invalid(receipt, 'Message does not exist or is not available for visibility timeout change');
  const hiddenUntil = now + seconds * 1_000;
  if (hiddenUntil > message.lastReceivedAt + LONGEST_HOLD_SECONDS * 1_000)
    throw invalid(receipt, `Total VisibilityTimeout is beyond the limit [${LONGEST_HOLD_SECONDS} seconds]`);
  message.hiddenUntil = hiddenUntil;
}

function messageOf(queue: QueueState, receipt: string, now: number): QueuedMessage {
  dropExpired(queue, now);
  const message = queue.receipts.get(receipt);
  if (!message)
    throw new SqsError('ReceiptHandleIsInvalid', `The input receipt handle "${receipt}" is invalid.`);
  return message;
}

const isHeld = (message: QueuedMessage, receipt: string, now: number): boolean =>
  message.receipt === receipt && isInFlight(message, now);

function invalid(receipt: string, reason: string): SqsError {
  return new SqsError(
    'InvalidParameterValue',
    `Value ${receipt} for parameter ReceiptHandle is invalid. Reason: ${reason}.`,
  );
}
