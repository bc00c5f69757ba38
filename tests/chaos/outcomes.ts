/** What a client knows of a call once it has ended. `refused`: there is no stock for it, `fail`: an answer that must not be. */
export type Outcome = 'ok' | 'refused' | 'fail' | 'unknown';

/** Conflicts that say for good that the request changed nothing. */
const REFUSALS = ['out_of_stock', 'reservation_expired', 'stock_below_reserved'];

/** What a client knows after an answer. */
export function outcomeOf(status: string, text: string): Outcome {
  if (/^2\d\d$/.test(status)) return 'ok';
  if (refusalIn(status, text) !== null) return 'refused';
  return isForLater(status) ? 'unknown' : 'fail';
}

/** The code of a refusal; null for any other answer. */
export function refusalIn(status: string, text: string): string | null {
  if (status !== '409') return null;
  try {
    const { code } = JSON.parse(text) as { code?: string };
    return REFUSALS.find((refusal) => refusal === code) ?? null;
  } catch {
    return null;
  }
}

/**
 * No answer, a server in trouble, or a request to ask again: 401 is a token of a clock that went wrong, 408 a body that came too
 * slowly, 409 a request that still runs elsewhere or a parcel that has left, 429 too many.
 */
export const isForLater = (status: string): boolean =>
  !/^[1-4]\d\d$/.test(status) || /^4(01|08|09|29)$/.test(status);
