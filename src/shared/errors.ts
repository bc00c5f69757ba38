import { type FieldError } from './contracts/problem';

/** The few ways in which a request or a message can fail; each has one HTTP status and one fate in a queue. */
export type ErrorKind =
  | 'invalid_input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'payload_too_large'
  | 'unsupported_media_type'
  | 'unprocessable'
  | 'unavailable';

export interface ErrorDetails {
  /** The stable name of the error, documented in docs/errors.md; by default the kind. */
  code?: string;
  cause?: unknown;
  errors?: readonly FieldError[];
  /** When it is worth trying again, in seconds. */
  retryAfterSeconds?: number;
  /** The methods that the path does have, for `method_not_allowed`. */
  allow?: readonly string[];
}

/** An error with a meaning for the caller. Anything else that is thrown is a fault of ours. */
export class AppError extends Error {
  readonly code: string;
  readonly errors: readonly FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: readonly string[] | undefined;

  constructor(
    readonly kind: ErrorKind,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, { cause: details.cause });
    this.name = 'AppError';
    this.code = details.code ?? kind;
    this.errors = details.errors;
    this.retryAfterSeconds = details.retryAfterSeconds ?? (kind === 'unavailable' ? 1 : undefined);
    this.allow = details.allow;
  }

  /** True when the same request can succeed later without being changed. */
  get retryable(): boolean {
    return this.kind === 'unavailable';
  }
}

/** A step that the status machine does not have. */
export class IllegalTransitionError extends AppError {
  constructor(
    readonly from: string,
    readonly to: string,
    readonly allowed: readonly string[],
  ) {
    const choices = allowed.length > 0 ? `allowed from ${from}: ${allowed.join(', ')}` : `${from} is an end`;
    super('conflict', `${from} cannot become ${to}; ${choices}`, { code: 'illegal_transition' });
    this.name = 'IllegalTransitionError';
  }
}

/** A message that will fail however often it is tried: it belongs in the dead letters. */
export class PoisonMessageError extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'PoisonMessageError';
  }
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
