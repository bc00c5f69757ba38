import { type Message } from '@aws-sdk/client-sqs';
import { deadLetterId, failedAt } from './dead-letter';
import { type DeadLetterSweep } from './dead-letter-sweep';

const MAX_MESSAGES = 100;

/** The visible dead letters, the oldest failure first; copies of a message count as one. */
export async function peekDeadLetters(sweep: DeadLetterSweep): Promise<Message[]> {
  const found = new Map<string, Message>();
  while (found.size < MAX_MESSAGES) {
    const batch = await sweep.next();
    if (batch.length === 0) break;
    for (const message of batch) {
      const id = deadLetterId(message);
      if (!found.has(id) || message.MessageAttributes?.['Reason']) found.set(id, message);
    }
  }
  return [...found.values()].sort(byFailure).slice(0, MAX_MESSAGES);
}

/** The age in seconds of the oldest failure that is visible; null when there is none. */
export async function oldestAge(sweep: DeadLetterSweep): Promise<number | null> {
  const [oldest] = await peekDeadLetters(sweep);
  return oldest ? Math.max(0, (Date.now() - failedAt(oldest).getTime()) / 1_000) : null;
}

/** Failures within the same millisecond are in the order of the queue. */
const byFailure = (a: Message, b: Message): number =>
  failedAt(a).getTime() - failedAt(b).getTime() || sequenceOf(a).localeCompare(sequenceOf(b));

/** Padded to the twenty digits of SQS. */
const sequenceOf = (message: Message): string => (message.Attributes?.SequenceNumber ?? '').padStart(20, '0');
