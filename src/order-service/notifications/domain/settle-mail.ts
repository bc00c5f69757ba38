import { retryDelayMs } from '../../webhooks/domain/retry-schedule';
import { type TakenMail } from './mail';

/** The result of an attempt to send a mail. */
export type SendResult =
  | { kind: 'sent' }
  /** The server has permanently refused this mail, or it cannot be sent at all. */
  | { kind: 'refused'; error: string }
  /** The server has refused this mail for now. */
  | { kind: 'deferred'; error: string }
  /** The server could not be used; this says nothing about the mail. */
  | { kind: 'unavailable'; error: string };

/** How a mail goes on after an attempt. */
export type Settlement =
  | { status: 'sent' }
  | { status: 'failed'; error: string }
  | { status: 'pending'; delayMs: number; error: string };

/** For metrics. */
export type Outcome = 'sent' | 'failed' | 'retried';

/**
 * Decides how a mail goes on. A permanent refusal is final; every other failure is repeated by the schedule, after the last attempt of which the
 * mail has failed.
 *
 * @param random from 0 to 1
 */
export function settlementOf(
  { tries }: Pick<TakenMail, 'tries'>,
  result: SendResult,
  random: number,
): Settlement {
  if (result.kind === 'sent') return { status: 'sent' };
  const { error } = result;
  const delayMs = result.kind === 'refused' ? null : retryDelayMs(tries + 1, null, random);
  return delayMs === null ? { status: 'failed', error } : { status: 'pending', delayMs, error };
}

export const outcomeOf = ({ status }: Settlement): Outcome => (status === 'pending' ? 'retried' : status);
