/**
 * A failure the operator can act on. It is shown as its message, one line, followed by `details` (such as the end of
 * a log); a stack trace would only hide it.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';

  constructor(
    message: string,
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}
