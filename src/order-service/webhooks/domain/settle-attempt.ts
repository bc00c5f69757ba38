import { type AttemptAnswer, type SettledDelivery, type Settlement, type TakenDelivery } from './delivery';
import { parseRetryAfter, retryDelayMs } from './retry-schedule';

/** The endpoint does not exist any more, and says so (RFC 9110 §15.5.11). */
export const GONE = 410;

/** Statuses with which `Retry-After` counts: the endpoint is busy or in maintenance. */
const ASKS_TO_WAIT: ReadonlySet<number> = new Set([429, 503]);

export interface AttemptMoment {
  attemptedAt: Date;
  now: Date;
  /** From 0 to 1. */
  random: number;
}

/**
 * Decides how an attempt ended. Only 2xx is a success; a redirect is a failure. After the last attempt of the schedule, and after 410, the
 * delivery has failed.
 */
export function settleAttempt(
  delivery: TakenDelivery,
  answer: AttemptAnswer,
  { attemptedAt, now, random }: AttemptMoment,
): SettledDelivery {
  const isAnswered = answer.kind === 'answered';
  return {
    ...delivery,
    ...settlementOf(delivery, answer, now, random),
    attemptedAt,
    latencyMs: Math.round(answer.latencyMs),
    httpStatus: isAnswered ? answer.status : null,
    error: isAnswered ? null : answer.error,
    excerpt: isAnswered ? answer.excerpt : null,
  };
}

function settlementOf(
  { tries }: TakenDelivery,
  answer: AttemptAnswer,
  now: Date,
  random: number,
): Settlement {
  if (isSuccess(answer)) return { outcome: 'succeeded' };
  if (isGone(answer)) return { outcome: 'failed' };
  const delayMs = retryDelayMs(tries + 1, retryAfterOf(answer, now), random);
  return delayMs === null ? { outcome: 'failed' } : { outcome: 'retried', delayMs };
}

export const isSuccess = (answer: AttemptAnswer): boolean =>
  answer.kind === 'answered' && answer.status >= 200 && answer.status < 300;

const isGone = (answer: AttemptAnswer): boolean => answer.kind === 'answered' && answer.status === GONE;

const retryAfterOf = (answer: AttemptAnswer, now: Date): number | null =>
  answer.kind === 'answered' && ASKS_TO_WAIT.has(answer.status)
    ? parseRetryAfter(answer.retryAfter, now)
    : null;
