import { UNAVAILABLE } from '../contracts/problem';
import { AppError } from '../errors';
import { poolerRefusal } from './session-settings';

/** SQLSTATE classes and codes (PostgreSQL appendix A) of temporary errors. */
const TRANSIENT = /^(08|53|57P|58|55P03|57014|40001|40P01|25006)/;

/** The message of the error for a statement that exceeded its time limit and is being cancelled. */
export const STATEMENT_TIMEOUT = 'statement timeout';

/** Messages of the errors that `pg` and this folder raise themselves; these errors have no code. */
const CLIENT_FAULTS =
  /^(statement timeout|Query read timeout|timeout exceeded when trying to connect|timeout expired|Received unexpected|Connection terminated|Client has encountered a connection error|Cannot use a pool after calling end|Client was closed)/;

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);

/** True when the server itself answered with an error, so the connection still works. */
export function isServerAnswer(error: unknown): boolean {
  return (
    /^[0-9A-Z]{5}$/.test(codeOf(error)) &&
    !codeOf(error).startsWith('57P') &&
    !isFatal(error) &&
    !SOCKET_CODES.has(codeOf(error))
  );
}

/** SQLSTATE 55P03: another transaction held the row for longer than the lock timeout. */
export function isLockTimeout(error: unknown): boolean {
  return codeOf(error) === '55P03';
}

/**
 * True when a statement found a row that it requires to be absent (SQLSTATE 23505, unique violation), or another version of a row
 * (OP001, raised by the function `require_rows`).
 */
export function isConflict(error: unknown): boolean {
  return /^(23505|OP001)$/.test(codeOf(error));
}

/** SQLSTATE 25P02: an earlier statement of the transaction had failed. */
export function isAborted(error: unknown): boolean {
  return codeOf(error) === '25P02';
}

/** True when a statement exceeded its time limit: SQLSTATE 57014 from the server, or the limit in this process. */
export function isTimeLimit(error: unknown): boolean {
  const reason = error instanceof AppError ? error.cause : error;
  return codeOf(reason) === '57014' || (reason instanceof Error && reason.message === STATEMENT_TIMEOUT);
}

/**
 * True when this connection and the server no longer agree on a prepared statement: a pooler gave the connection another session, or a
 * migration changed the columns that the statement returns. The statement would fail again on this connection and works on a new one.
 */
export function isStatementLost(error: unknown): boolean {
  const { routine } = (error ?? {}) as { routine?: string };
  return /^(26000|42P05)$/.test(codeOf(error)) || routine === 'RevalidateCachedQuery';
}

/**
 * True when every attempt will fail until somebody changes a setting: a wrong password, an unknown database, a refusal by a connection
 * pooler.
 *
 * @param error as returned by {@link asUnavailable}.
 */
export function isMisconfiguration(error: unknown): boolean {
  if (!(error instanceof AppError) || error.kind !== 'unavailable') return true;
  const { code = '', message = '' } = (error.cause ?? {}) as { code?: string; message?: string };
  return (
    /^(28|3D|42|0A)/.test(code) ||
    (code === '08P01' &&
      /unsupported startup parameter|no such (database|user)|statement pooling/.test(message))
  );
}

/**
 * True when the server did not answer, so that the outcome of the transaction is unknown. False for an error that the server reported,
 * and for errors that do not concern the server.
 *
 * @param error as returned by {@link asUnavailable}.
 */
export function isLostConnection(error: unknown): boolean {
  return error instanceof AppError && error.kind === 'unavailable' && !isServerAnswer(error.cause);
}

/** Converts an error of a database that is unreachable, busy or slow into one retryable error; returns any other error unchanged. */
export function asUnavailable(error: unknown): unknown {
  const message = error instanceof Error ? error.message : '';
  if (error instanceof AppError) return error;
  const refusal = poolerRefusal(error);
  const isTransient =
    TRANSIENT.test(codeOf(error)) || SOCKET_CODES.has(codeOf(error)) || isStatementLost(error);
  if (isTransient || refusal || isFatal(error) || CLIENT_FAULTS.test(message)) {
    const cause = refusal ?? error;
    return new AppError(UNAVAILABLE, 'the database is temporarily unavailable', { cause });
  }
  return error;
}

/**
 * True for an error with which the server ends the connection. Whatever its code (a full disk can be XX000, internal error), it concerns
 * the server and not the statement.
 */
const isFatal = (error: unknown): boolean =>
  ['FATAL', 'PANIC'].includes((error as { severity?: string } | null)?.severity ?? '');

const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? '';
