import { type BatchResultErrorEntry } from '@aws-sdk/client-sqs';
import { SqsError } from './sqs-error';

export interface BatchEntry {
  Id: string;
}

export interface BatchOutput<S> {
  Successful?: (S & BatchEntry)[];
  Failed?: BatchResultErrorEntry[];
}

const MAX_ENTRIES = 10;

/**
 * Executes each entry separately: the call answers 200 even if some are refused. Faults of the whole batch refuse the whole batch.
 *
 * @param refusal the injected refusal of the entry at a position; null: none
 */
export function inBatch<E extends BatchEntry, S extends object>(
  entries: readonly E[] | undefined,
  refusal: (position: number) => SqsError | null,
  carryOut: (entry: E) => S,
): BatchOutput<S> {
  const Successful: (S & BatchEntry)[] = [];
  const Failed: BatchResultErrorEntry[] = [];
  for (const [position, entry] of checked(entries).entries()) {
    try {
      const refused = refusal(position);
      if (refused) throw refused;
      Successful.push({ ...carryOut(entry), Id: entry.Id });
    } catch (error) {
      if (!(error instanceof SqsError)) throw error;
      Failed.push({
        Id: entry.Id,
        Code: error.queryCode,
        Message: error.message,
        SenderFault: error.senderFault,
      });
    }
  }
  return { ...(Successful.length > 0 && { Successful }), ...(Failed.length > 0 && { Failed }) };
}

function checked<E extends BatchEntry>(entries: readonly E[] = []): readonly E[] {
  if (entries.length === 0)
    throw new SqsError('EmptyBatchRequest', 'There should be at least one entry in the request.');
  if (entries.length > MAX_ENTRIES)
    throw new SqsError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${MAX_ENTRIES}. You have sent ${entries.length}.`,
    );
  if (!entries.every(({ Id }) => /^[\w-]{1,80}$/.test(Id)))
    throw new SqsError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  if (new Set(entries.map(({ Id }) => Id)).size < entries.length)
    throw new SqsError('BatchEntryIdsNotDistinct', 'Id repeated.');
  return entries;
}
