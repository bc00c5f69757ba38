import { type Outcome } from '../postgres/group-commit';
import { createLockLanes, LOCKED, type Locked, type LockMode } from '../postgres/lock-lanes';
import { type Database, type Transaction } from '../postgres/queryable';
import { claimRecords, type IdempotentRequest, recordKey, storeAnswer } from './idempotency-records';
import { releaseRecords } from './release-records';
import { type Answer, type AnswerOnce, claimOf, executed, replayed } from './run-once';

interface Pending<I> {
  input: I;
  request: IdempotentRequest | null;
}

/** The work of several requests, none of them a repeat; returns the outcome of each in the same order. */
type WorkTogether<I> = (
  tx: Transaction,
  inputs: readonly I[],
  mode: LockMode,
) => Promise<readonly Outcome<Answer | Locked>[]>;

/**
 * {@link runOnce} for requests that arrive at the same time and wait for the same rows: they share a transaction.
 *
 * @param work gets its locks as the mode says; see {@link createLockLanes}. An error of one request stores nothing for it and does not affect the
 * others.
 * @returns a function that does the work of one request, or returns the stored answer.
 */
export function createRunOnceTogether<I>(
  db: Database,
  work: WorkTogether<I>,
): (input: I, request: IdempotentRequest | null) => Promise<AnswerOnce> {
  let unkeyed = 0;
  const run = createLockLanes<Pending<I>, AnswerOnce>({
    // A repeat waits for the transaction of the first request.
    keyOf: ({ request }) => (request ? recordKey(claimOf(request)) : `${(unkeyed += 1)}`),
    work: (pending, mode) => db.transaction((tx) => runAll(tx, pending, (inputs) => work(tx, inputs, mode))),
  });
  return (input, request) => run({ input, request });
}

async function runAll<I>(
  tx: Transaction,
  pending: readonly Pending<I>[],
  work: (inputs: readonly I[]) => ReturnType<WorkTogether<I>>,
): Promise<Outcome<AnswerOnce | Locked>[]> {
  const requests = pending.flatMap(({ request }) => (request ? [request] : []));
  const claims = requests.length > 0 ? await claimRecords(tx, requests.map(claimOf)) : [];
  const earlier = new Map(requests.map((request, index) => [request, claims[index] ?? null]));
  const isRepeat = ({ request }: Pending<I>): boolean => request !== null && earlier.get(request) !== null;
  const firsts = pending.filter((one) => !isRepeat(one));
  const outcomes = await work(firsts.map(({ input }) => input));
  firsts.forEach(({ request }, index) => settleClaim(tx, request, outcomes[index]));
  return pending.map((one): Outcome<AnswerOnce | Locked> => {
    const before = one.request && earlier.get(one.request);
    if (one.request && before) return replayOf(() => replayed(before, one.request as IdempotentRequest));
    const outcome = outcomes[firsts.indexOf(one)];
    if (outcome && 'value' in outcome)
      return { value: outcome.value === LOCKED ? LOCKED : executed(outcome.value) };
    return { error: outcome?.error ?? new Error('the work returned no outcome for this request') };
  });
}

/** Stores the answer in the claimed record, or gives the record back. */
function settleClaim(
  tx: Transaction,
  request: IdempotentRequest | null,
  outcome: Outcome<Answer | Locked> | undefined,
): void {
  if (!request) return;
  const claim = claimOf(request);
  if (outcome && 'value' in outcome && outcome.value !== LOCKED) {
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
