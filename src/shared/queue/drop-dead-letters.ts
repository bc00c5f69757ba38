import { type DropResult } from '../contracts/queue-resource';
import { deadLetterId } from './dead-letter';
import { type DeadLetterChoice } from './dead-letter-choice';
import { type DeadLetterSweep } from './dead-letter-sweep';

/**
 * Deletes the chosen dead letters for good.
 *
 * @param report is told the ids of those that are gone, if any, even when the work breaks off
 */
export async function dropDeadLetters(
  sweep: DeadLetterSweep,
  choice: DeadLetterChoice,
  report: (ids: string[]) => void,
): Promise<DropResult> {
  const dropped = new Set<string>();
  const failed = new Set<string>();
  try {
    for (let batch = await sweep.next(); batch.length > 0; batch = await sweep.next()) {
      const chosen = batch.filter(choice.includes);
      const gone = await sweep.remove(chosen);
      for (const message of gone) dropped.add(deadLetterId(message));
      for (const message of chosen) if (!gone.includes(message)) failed.add(deadLetterId(message));
    }
  } finally {
    if (dropped.size > 0) report([...dropped]);
  }
  return { dropped: dropped.size, failed: failed.size, skipped: choice.missing() };
}
