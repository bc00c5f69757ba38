import { problemType } from '../contracts/problem-types';

export const INVALID_IDEMPOTENCY_KEY = problemType(
  'invalid_input',
  'invalid_idempotency_key',
  'Idempotency-Key must be 1 to 255 visible ASCII characters',
);
export const REQUEST_IN_PROGRESS = problemType(
  'conflict',
  'request_in_progress',
  'the same request is still being worked on',
);
export const IDEMPOTENCY_KEY_REUSED = problemType(
  'unprocessable',
  'idempotency_key_reused',
  'this Idempotency-Key was used for another request',
);
