import { v7 as uuidv7 } from 'uuid';
import { VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { FEED_START } from '../../../shared/event-log/feed-cursor';
import { cursorBefore } from '../../../shared/event-log/feed-time';
import { type IdempotentRequest } from '../../../shared/idempotency/idempotency-records';
import { type AnswerOnce, runOnce } from '../../../shared/idempotency/run-once';
import { type Database, type Queryable, type Transaction } from '../../../shared/postgres/queryable';
import { earliestPublicCursor } from '../../orders/use-cases/read-public-events';
import { REPLAY_IN_PROGRESS, REPLAY_NOT_FOUND, WEBHOOK_DISABLED } from '../domain/problem-types';
import { findEndpoint } from '../store/endpoint-store';
import { lockFanOut } from '../store/fan-out-store';
import { findReplay, insertReplay, type Replay } from '../store/replay-store';
import { requireEndpoint } from './manage-endpoints';

export interface ReplayRequest {
  endpointId: string;
  visibleOwner: string | null;
  from: Date;
  /** Not included. */
  to: Date;
}

export interface StartReplayDependencies {
  db: Database;
  render: (replay: Replay) => object;
}

const DAY_MS = 86_400_000;
const MOST_DAYS = 30;

/** Longer than a transaction: its event can have a position behind those of later events. */
const MARGIN_MS = 60_000;

/**
 * Starts a replay: the events of a time range are queued again for one endpoint. Those that wait already are not added.
 *
 * @throws AppError `not_found`; `conflict` for a disabled endpoint, and while another replay of the endpoint runs; `invalid_input` for a range
 * that is empty, longer than 30 days, or begins before the first event that is kept.
 */
export async function startReplay(
  { db, render }: StartReplayDependencies,
  request: ReplayRequest,
  idempotency: IdempotentRequest | null,
): Promise<AnswerOnce> {
  const now = new Date();
  requireRange(request, now);
  return runOnce({ db }, idempotency, async (tx) => {
    const replay = await newReplay(tx, request, now);
    if (!(await insertReplay(tx, replay))) throw new AppError(REPLAY_IN_PROGRESS, REPLAY_IN_PROGRESS.detail);
    return { status: 202, body: JSON.stringify(render(replay)) };
  });
}

/** @throws AppError `not_found` */
export async function getReplay(
  db: Queryable,
  {
    endpointId,
    visibleOwner,
    replayId,
  }: { endpointId: string; visibleOwner: string | null; replayId: string },
): Promise<Replay> {
  requireEndpoint(await findEndpoint(db, endpointId, visibleOwner));
  const replay = await findReplay(db, endpointId, replayId);
  if (!replay) throw new AppError(REPLAY_NOT_FOUND, REPLAY_NOT_FOUND.detail);
  return replay;
}

/** The replay ends where the fan-out is: later events reach the endpoint by the fan-out. If the endpoint is behind, the replay waits for it. */
async function newReplay(tx: Transaction, request: ReplayRequest, createdAt: Date): Promise<Replay> {
  const { endpointId, visibleOwner, from, to } = request;
  const fanOut = await lockFanOut(tx);
  const endpoint = requireEndpoint(await findEndpoint(tx, endpointId, visibleOwner));
  if (!endpoint.isEnabled) throw new AppError(WEBHOOK_DISABLED, WEBHOOK_DISABLED.detail);
  const earliest = await earliestPublicCursor(tx);
  const before = await cursorBefore(tx, new Date(from.getTime() - MARGIN_MS));
  const isKept = before !== null && BigInt(before.position) >= BigInt(earliest.position);
  if (!isKept && earliest.position !== FEED_START.position)
    throw invalid('from', 'must not be before the first event that is kept');
  return {
    replayId: uuidv7(),
    endpointId,
    from,
    to,
    cursor: isKept ? before : earliest,
    end: fanOut.position,
    queued: 0,
    isIncomplete: false,
    createdAt,
    endedAt: null,
  };
}

function requireRange({ from, to }: ReplayRequest, now: Date): void {
  if (from >= to) throw invalid('to', 'must be later than from');
  if (to.getTime() - from.getTime() > MOST_DAYS * DAY_MS)
    throw invalid('from', `must be at most ${MOST_DAYS} days before to`);
  if (from > now) throw invalid('from', 'must not be in the future');
}

const invalid = (path: string, message: string): AppError =>
  new AppError(VALIDATION_FAILED, 'the request body is not valid', { errors: [{ path, message }] });
