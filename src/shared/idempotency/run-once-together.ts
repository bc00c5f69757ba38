import { createGroupCommit, type Outcome } from '../postgres/group-commit';
import { type Database, type Transaction } from '../postgres/queryable';
import { claimRecords, type IdempotentRequest, recordKey, storeAnswer } from './idempotency-records';
import { releaseRecords } from './release-records';
import { type Answer, type AnswerOnce, claimOf, executed, replayed } from './run-once';

interface Pending<I> {
  input: I;
  request: IdempotentRequest | null;
}

/**
 * {@link runOnce} for requests that arrive at the same time and wait for the same rows: they share a transaction.
 *
 * @param work does the work of several requests, none of them a repeat, and returns the outcome of each in the same order. An error of one
 * stores nothing for it and does not affect the others.
 * @returns a function that does the work of one request, or returns the stored answer.
 */
export function createRunOnceTogether<I>(
  db: Database,
  work: (tx: Transaction, inputs: readonly I[]) => Promise<readonly Outcome<Answer>[]>,
): (input: I, request: IdempotentRequest | null) => Promise<AnswerOnce> {
  let unkeyed = 0;
  const run = createGroupCommit<Pending<I>, AnswerOnce>({
    // A repeat waits for the transaction of the first request.
    keyOf: ({ request }) => (request ? recordKey(claimOf(request)) : `${(unkeyed += 1)}`),
    work: (pending) => db.transaction((tx) => runAll(tx, pending, work)),
  });
  return (input, request) => run({ input, request });
}

async function runAll<I>(
  tx: Transaction,
  pending: readonly Pending<I>[],
  work: (tx: Transaction, inputs: readonly I[]) => Promise<readonly Outcome<Answer>[]>,
): Promise<Outcome<AnswerOnce>[]> {
  const requests = pending.flatMap(({ request }) => (request ? [request] : []));
  const claims = requests.length > 0 ? await claimRecords(tx, requests.map(claimOf)) : [];
  const earlier = new Map(requests.map((request, index) => [request, claims[index] ?? null]));
  const isRepeat = ({ request }: Pending<I>): boolean => request !== null && earlier.get(request) !== null;
  const firsts = pending.filter((one) => !isRepeat(one));
  const outcomes = await work(
    tx,
    firsts.map(({ input }) => input),
  );
  firsts.forEach(({ request }, index) => settleClaim(tx, request, outcomes[index]));
  return pending.map((one): Outcome<AnswerOnce> => {
    const before = one.request && earlier.get(one.request);
    if (one.request && before) return replayOf(() => replayed(before, one.request as IdempotentRequest));
    const outcome = outcomes[firsts.indexOf(one)];
    if (outcome && 'value' in outcome) return { value: executed(outcome.value) };
    return { error: outcome?.error ?? new Error('the work returned no outcome for this request') };
  });
}

/** Stores the answer in the claimed record, or gives the record back. */
function settleClaim(
  tx: Transaction,
  request: IdempotentRequest | null,
  outcome: Outcome<Answer> | undefined,
): void {
  if (!request) return;
  const claim = claimOf(request);
  if (outcome && 'value' in outcome) {
    const { status, body, repeatBody } = outcome.value;
    storeAnswer(tx, claim, status, repeatBody ?? body);
  } else releaseRecords(tx, [claim]);
}

/** Another request under the same key is an error of that request only. */
function replayOf(replay: () => AnswerOnce): Outcome<AnswerOnce> {
  try {
    return { value: replay() };
  } catch (error) {
    return { error };
  }
}
