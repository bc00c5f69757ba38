import { type SendResult } from './domain/settle-mail';

/** An error of nodemailer. */
interface SmtpError {
  /** The kind of failure, by nodemailer. */
  code?: unknown;
  /** Of the socket, when nodemailer has replaced it. */
  originalCode?: unknown;
  /** The reply of the server. */
  response?: unknown;
  responseCode?: unknown;
  /** The command that the server refused: `RCPT TO`, `DATA`, `AUTH PLAIN`, … */
  command?: unknown;
}

/** The commands whose refusal concerns the single mail. A refused greeting, login or sender concerns all mails. */
const OF_THE_MAIL: ReadonlySet<unknown> = new Set(['RCPT TO', 'DATA']);

/** "Service not available, closing transmission channel" (RFC 5321 §4.2.3), to any command. */
const CLOSING = 421;

/** The text of a failure of the server, by the code of the error: it contains no host and no account. */
const REASONS: readonly [codes: RegExp, reason: string][] = [
  [/^(ETIMEDOUT|ETIME)$/, 'the mail server did not answer in time'],
  [/^(EAUTH|ENOAUTH|EOAUTH2)$/, 'the mail server refused the login of the service'],
  [
    /^(ETLS|EREQUIRETLS|CERT_\w+|ERR_TLS_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+)$/,
    'no TLS connection to the mail server',
  ],
  [/^(EDNS|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/, 'the mail server cannot be reached'],
  [/^(ECONNECTION|ECONNRESET|EPIPE|ESOCKET)$/, 'the connection to the mail server failed'],
];

const MAX_REPLY_LENGTH = 300;

/** What an error of nodemailer says about a mail and the server. */
export function failureOf(error: unknown): Exclude<SendResult, { kind: 'sent' }> {
  const { code, originalCode, response, responseCode, command } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as SmtpError;
  const isReply = typeof responseCode === 'number' && responseCode >= 400;
  if (isReply && OF_THE_MAIL.has(command) && responseCode !== CLOSING)
    return {
      kind: responseCode >= 500 ? 'refused' : 'deferred',
      error: replyText(String(response ?? responseCode)),
    };
  const known = [originalCode, code]
    .map((one) => REASONS.find(([codes]) => codes.test(String(one)))?.[1])
    .find((reason) => reason !== undefined);
  if (known !== undefined) return { kind: 'unavailable', error: known };
  return {
    kind: 'unavailable',
    error: isReply ? `the mail server refused the service with ${responseCode}` : 'the mail server failed',
  };
}

/** A reply of the server on one line. */
function replyText(reply: string): string {
  const line = reply
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .toWellFormed();
  return `the mail server answered: ${line.slice(0, MAX_REPLY_LENGTH).toWellFormed()}`;
}
