import { randomUUID } from 'node:crypto';
import { type Message } from '@aws-sdk/client-sqs';
import { type RedriveResult } from '../contracts/queues';
import { groupBy } from '../group-by';
import { deadLetterId } from './dead-letter';
import { type DeadLetterSelection, type DeadLetterSweep } from './dead-letter-sweep';
import { type OutgoingMessage, type PublishResult } from '../queue/publish-batch';

/** Sends messages to the live queue. */
export type Publish = (messages: readonly OutgoingMessage[]) => Promise<Pick<PublishResult, 'sent'>>;

/**
 * Sends the chosen dead letters to the live queue again, those of one group in order, and removes each only after the queue has accepted
 * it. A process that dies in between leaves a dead letter that was sent: when it is sent once more, the consumer's inbox ignores it. SQS
 * leases a message to one redrive only, so two redrives at once share the work.
 *
 * Copies of a message that were received before it was sent are removed with it. A message that arrives later under the same id stays: it
 * may be a copy, or the message itself after it has failed again.
 */
export async function redriveDeadLetters(
  sweep: DeadLetterSweep,
  selection: DeadLetterSelection,
  publish: Publish,
): Promise<RedriveResult> {
  const sent = new Set<string>();
  /** Groups of which a message stays: no later message may overtake it. */
  const stopped = new Set<string>();
  let failed = 0;
  let notReached = 0;

  /** A round holds at most one message of each group. */
  async function sendRound(round: readonly Message[]): Promise<void> {
    const copies = round.filter((message) => sent.has(deadLetterId(message)));
    const unsent = round.filter((message) => !copies.includes(message));
    const result = await publish(unsent.map(toOutgoing));
    const accepted = unsent.filter(({ MessageId = '' }) => result.sent.includes(MessageId));
    for (const message of unsent) {
      if (accepted.includes(message)) sent.add(deadLetterId(message));
      else stopped.add(groupOf(message));
    }
    failed += unsent.length - accepted.length;
    await sweep.remove([...copies, ...accepted]);
  }

  for (let batch = await sweep.next(); batch.length > 0; batch = await sweep.next()) {
    const sentBefore = new Set(sent);
    const isToBeSent = (message: Message): boolean =>
      selection.includes(message) && !sentBefore.has(deadLetterId(message));
    const groups = [...groupBy(batch.filter(isToBeSent), groupOf).values()];
    const longest = Math.max(0, ...groups.map((group) => group.length));
    for (let place = 0; place < longest; place += 1) {
      const round = groups.flatMap((group) => group[place] ?? []);
      const next = round.filter((message) => !stopped.has(groupOf(message)));
      notReached += round.length - next.length;
      await sendRound(next);
    }
  }
  return { redriven: sent.size, failed, skipped: notReached + selection.missing() };
}

const groupOf = (message: Message): string => message.Attributes?.MessageGroupId ?? '';

/** Uses a new deduplication id, because the queue would drop a repeat within five minutes. */
const toOutgoing = (message: Message): OutgoingMessage => ({
  id: message.MessageId ?? '',
  groupId: groupOf(message),
  deduplicationId: `${deadLetterId(message)}:redrive-${randomUUID()}`,
  body: message.Body ?? '',
});
