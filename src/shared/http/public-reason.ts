/** What may be said to anybody about a failure, by the code of the error (Node.js, SQLSTATE, Redis, SQS). */
const REASONS: readonly [codes: RegExp, reason: string][] = [
  [/^(ECONNREFUSED|57P0[123])$/, 'it takes no connections'],
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'its name cannot be resolved'],
  [/^(ETIMEDOUT|ESOCKETTIMEDOUT|ECONNABORTED|TimeoutError|57014)$/, 'no answer in time'],
  [/^(ECONNRESET|EPIPE|08\w{3})$/, 'the connection was lost'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/, 'it cannot be reached'],
  [
    /^(28\w{3}|NOAUTH|WRONGPASS|NOPERM|InvalidClientTokenId|AccessDenied\w*|SignatureDoesNotMatch)$/,
    'it refuses the credentials',
  ],
  [/^53\w{3}$/, 'it is out of resources'],
  [
    /^(3D000|42P01|\w*(QueueDoesNotExist|NonExistentQueue))$/,
    'something that is needed does not exist in it',
  ],
];

const OTHERWISE = 'it does not work; the log says why';

/**
 * Why something failed, in a fixed vocabulary: error texts of drivers name hosts, ports and accounts, which are for the log only. Looks at
 * the codes of an error, of its causes and of the errors that it is made of, and never at texts, except those of time limits.
 */
export function publicReason(error: unknown, depth = 0): string {
  if (depth > 5 || typeof error !== 'object' || error === null) return OTHERWISE;
  const { code, name, message, cause, errors } = error as Partial<AggregateError> & { code?: unknown };
  for (const [codes, reason] of REASONS) {
    if ([code, name].some((text) => typeof text === 'string' && codes.test(text))) return reason;
  }
  if (typeof message === 'string' && /time(d )?[ -]?out/i.test(message)) return 'no answer in time';
  const inner = [cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])];
  return inner.map((one) => publicReason(one, depth + 1)).find((reason) => reason !== OTHERWISE) ?? OTHERWISE;
}
