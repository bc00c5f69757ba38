import {
  type ErrorKind,
  type FieldError,
  ILLEGAL_TRANSITION,
  PRECONDITION_FAILED,
  type ProblemType,
} from './contracts/problem';

export interface ErrorDetails {
  cause?: unknown;
  errors?: readonly FieldError[];
  /** The number of faults that are not in `errors`. */
  moreErrors?: number;
  /** The maximum number of `errors` in the answer, when it is not that of all answers. */
  mostListed?: number;
  /** After how many seconds the caller may try again. */
  retryAfterSeconds?: number;
  /** The methods of the path, for `method_not_allowed`. */
  allow?: readonly string[];
  /** The missing scopes, for `forbidden`. */
  requiredScopes?: readonly string[];
  /** The legal steps, for an illegal one. */
  allowed?: readonly string[];
  /** The current version of the resource, for `precondition_failed`. */
  currentVersion?: number;
  /** The first cursor from which a feed is complete, for `gone`. */
  earliestCursor?: string;
}

/** An error that is meant for the caller. Any other thrown value is an internal error. */
export class AppError extends Error {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly moreErrors: number;
  readonly mostListed: number | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: readonly string[] | undefined;
  readonly requiredScopes: readonly string[] | undefined;
  readonly allowed: readonly string[] | undefined;
  readonly currentVersion: number | undefined;
  readonly earliestCursor: string | undefined;

  constructor(
    readonly type: ProblemType,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'AppError';
    this.kind = type.kind;
    this.code = type.code;
    this.errors = details.errors;
    this.moreErrors = details.moreErrors ?? 0;
    this.mostListed = details.mostListed;
    this.retryAfterSeconds = details.retryAfterSeconds ?? (type.kind === 'unavailable' ? 1 : undefined);
    this.allow = details.allow;
    this.requiredScopes = details.requiredScopes;
    this.allowed = details.allowed;
    this.currentVersion = details.currentVersion;
    this.earliestCursor = details.earliestCursor;
  }

  /** True when the same request can succeed later without a change. */
  get retryable(): boolean {
    return this.kind === 'unavailable';
  }
}

/** True when the request is valid, but something that it needs is unavailable. */
export const isRetryable = (error: unknown): error is AppError =>
  error instanceof AppError && error.retryable;

/** A step that the status machine does not allow. */
export class IllegalTransitionError extends AppError {
  constructor(
    readonly from: string,
    readonly to: string,
    allowed: readonly string[],
  ) {
    const choices = allowed.length > 0 ? `allowed from ${from}: ${allowed.join(', ')}` : `${from} is final`;
    super(ILLEGAL_TRANSITION, `${from} cannot become ${to}; ${choices}`, { allowed });
    this.name = 'IllegalTransitionError';
  }
}

/** The versions that a caller accepts to change (`If-Match`); null accepts any version. */
export type ExpectedVersions = readonly number[] | null;

/**
 * Call it where no other transaction can change the version: under the lock, in the transaction of the change.
 *
 * @throws AppError `precondition_failed` with the current version when it is not among the expected ones.
 */
export function requireVersion(expected: ExpectedVersions, current: number): void {
  if (expected === null || expected.includes(current)) return;
  throw new AppError(PRECONDITION_FAILED, `the resource has changed; its version is now ${current}`, {
    currentVersion: current,
  });
}

/** A message that fails on every attempt and belongs in the dead letters. */
export class PoisonMessageError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PoisonMessageError';
  }
}

/**
 * Thrown by a health check: the component is down, and `/health` shows this text to any caller. It must not contain a host, address,
 * port, account or credential.
 */
export class PublicHealthError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PublicHealthError';
  }
}

/** Thrown by a health check: the component is up, and `/health` shows this text, which is equally public, as its `warning`. */
export class HealthWarning extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'HealthWarning';
  }
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
