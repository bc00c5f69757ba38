import { type ConnectionOptions } from 'node:tls';
import { createTransport } from 'nodemailer';
import { type Logger } from '../../shared/observability/logger';
import { messageOf as textOfError } from '../../shared/errors';
import { withTimeout } from '../../shared/runtime/with-timeout';
import { type Mailbox } from './domain/mail-address';
import { composeMessage, type MailSender, NOT_RENDERED } from './mail-sender';
import { type SmtpTarget } from './mail-settings';
import { failureOf } from './smtp-failure';

export interface SmtpSenderOptions {
  target: SmtpTarget;
  from: Mailbox;
  /** The maximum number of connections, and so of mails at a time. */
  connections: number;
  /** The time limit of a mail, with its connection, in milliseconds. */
  timeLimitMs: number;
  logger: Logger;
  /** Which certificates are accepted, and for which name; by default those that Node trusts, for the host. */
  tls?: Pick<ConnectionOptions, 'ca' | 'servername'>;
}

/** The mails that a connection sends before it is replaced. */
const MAILS_PER_CONNECTION = 100;

class TimeLimitError extends Error {
  readonly code = 'ETIMEDOUT';
  constructor() {
    super('the time limit of the mail was exceeded');
  }
}

/**
 * Sends mails over a pool of connections to a mail server. nodemailer cannot cancel a mail that takes too long: its pool is replaced then, so
 * that the mail occupies none of the connections of others.
 */
export function createSmtpSender(options: SmtpSenderOptions): MailSender {
  const { from, timeLimitMs, logger } = options;
  let pool = createPool(options);
  return {
    async send(mail) {
      const message = composeMessage(mail, from, logger);
      if (message === null) return NOT_RENDERED;
      const used = pool;
      try {
        await withTimeout(timeLimitMs, used.sendMail(message), () => {
          throw new TimeLimitError();
        });
        return { kind: 'sent' };
      } catch (error) {
        if (error instanceof TimeLimitError && used === pool) {
          pool = createPool(options);
          used.close();
        }
        const failure = failureOf(error);
        const fields = { mail_id: mail.mailId, attempt: mail.attempt, kind: failure.kind };
        logger.warn('a mail was not accepted', { ...fields, error: textOfError(error) });
        return failure;
      }
    },
    close: () => pool.close(),
  };
}

/** Errors of the log contain no password: nodemailer's own log, which would, is off. */
function createPool({ target, connections, timeLimitMs, tls }: SmtpSenderOptions) {
  const { host, port, isSecure, requiresStartTls, credentials } = target;
  return createTransport({
    pool: true,
    maxConnections: connections,
    maxMessages: MAILS_PER_CONNECTION,
    // A mail whose connection was lost is repeated by its schedule.
    maxRequeues: 0,
    host,
    port,
    secure: isSecure,
    requireTLS: requiresStartTls,
    ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
    ...(tls && { tls }),
    dnsTimeout: timeLimitMs / 2,
    connectionTimeout: timeLimitMs / 2,
    greetingTimeout: timeLimitMs / 2,
    socketTimeout: timeLimitMs,
    logger: false,
    debug: false,
  });
}
