import { type Database, type Transaction } from '../postgres/queryable';
import { sha256 } from './idempotency-key';
import {
  claimRecords,
  type IdempotencyRecord,
  type IdempotentRequest,
  type RecordKey,
  requireSameRequest,
  storeAnswer,
  type StoredRecord,
} from './idempotency-records';
import { DAY_SECONDS, type ReplayCache } from './replay-cache';

export interface RunOnceDependencies {
  db: Database;
  /** The fast path of replays. */
  replayCache?: ReplayCache;
}

/** The answer to a request. */
export interface Answer {
  status: number;
  body: string;
  /** The body that is stored and returned to repeats, when `body` contains a secret. */
  repeatBody?: string;
}

/** The answer to a request or to its repeat. */
export interface AnswerOnce extends Pick<Answer, 'status' | 'body'> {
  replayed: boolean;
}

/** How long a repeat gets the stored answer. */
const WINDOW_SECONDS = DAY_SECONDS;

/**
 * Runs the work of a request at most once in 24 hours per client, route and key, and returns its answer, byte for byte, to every repeat.
 * The record is claimed before the work, in the same transaction: a concurrent repeat waits until the first request ends, and then gets
 * its answer, or does the work when the first has failed. An error that `work` throws stores nothing. An answer with a secret is stored
 * as its `repeatBody` only, and never cached.
 *
 * @param request null: the request has no `Idempotency-Key`, and the work is done every time.
 * @param work must not wait for anything but the database: the transaction holds a connection and the record. It returns what the route
 * renders, because a repeat gets nothing else.
 * @throws AppError `unprocessable` (`idempotency_key_reused`) when the key was used for another request; `conflict`
 * (`request_in_progress`) when the first request takes longer than the lock timeout.
 */
export async function runOnce(
  { db, replayCache }: RunOnceDependencies,
  request: IdempotentRequest | null,
  work: (tx: Transaction) => Promise<Answer>,
): Promise<AnswerOnce> {
  if (request === null) return executed(await db.transaction(work));
  const key = recordKeyOf(request);
  const cached = await replayCache?.find(key);
  if (cached) return replayed(cached, request);
  const outcome = await db.transaction(async (tx) => {
    const [earlier] = await claimRecords(tx, [claimOf(request)]);
    if (earlier) return { earlier };
    const answer = await work(tx);
    storeAnswer(tx, key, answer.status, answer.repeatBody ?? answer.body);
    return { answer };
  });
  if ('earlier' in outcome) return replayed(outcome.earlier, request);
  const { answer } = outcome;
  if (answer.repeatBody === undefined) void replayCache?.store(toRecord(key, request, answer));
  return executed(answer);
}

/** Only the claiming transaction sees it. */
const NOT_STORED_YET: Answer = { status: 0, body: '' };

/** The record holds a hash of the key, like the records of registrations of the previous version, which are still found. */
const recordKeyOf = ({ clientId, route, key }: IdempotentRequest): RecordKey => ({
  clientId,
  route,
  kind: 'key',
  key: sha256(key),
});

const toRecord = (key: RecordKey, { fingerprint }: IdempotentRequest, { status, body }: Answer) => ({
  ...key,
  fingerprint,
  orderId: null,
  responseStatus: status,
  responseBody: body,
  windowSeconds: WINDOW_SECONDS,
  untilCancelled: false,
  formerKey: null,
});

/** The record of a request, as it is claimed. */
export const claimOf = (request: IdempotentRequest): IdempotencyRecord =>
  toRecord(recordKeyOf(request), request, NOT_STORED_YET);

export const executed = ({ status, body }: Answer): AnswerOnce => ({ status, body, replayed: false });

/** @throws AppError `unprocessable` (`idempotency_key_reused`) */
export function replayed(earlier: StoredRecord, { fingerprint }: IdempotentRequest): AnswerOnce {
  const { responseStatus, responseBody } = requireSameRequest(earlier, fingerprint);
  return { status: responseStatus, body: responseBody, replayed: true };
}
