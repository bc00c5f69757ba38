import { type Message } from '@aws-sdk/client-sqs';
import { type DropResult } from '../contracts/queues';
import { deadLetterId } from './dead-letter';
import { type DeadLetterSelection, type DeadLetterSweep } from './dead-letter-sweep';

/**
 * Deletes the chosen dead letters permanently.
 *
 * @param record receives the ids and the messages before each deletion, so that every deletion leaves a trace, whichever process dies
 */
export async function dropDeadLetters(
  sweep: DeadLetterSweep,
  selection: DeadLetterSelection,
  record: (ids: string[], messages: readonly Message[]) => void,
): Promise<DropResult> {
  const dropped = new Set<string>();
  const failed = new Set<string>();
  for (let batch = await sweep.next(); batch.length > 0; batch = await sweep.next()) {
    const chosen = batch.filter(selection.includes);
    if (chosen.length > 0) record(chosen.map(deadLetterId), chosen);
    const deleted = await sweep.remove(chosen);
    for (const message of deleted) dropped.add(deadLetterId(message));
    for (const message of chosen) if (!deleted.includes(message)) failed.add(deadLetterId(message));
  }
  return { dropped: dropped.size, failed: failed.size, skipped: selection.missing() };
}
