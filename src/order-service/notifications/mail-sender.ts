import { type SendMailOptions } from 'nodemailer';
import { messageOf as textOfError } from '../../shared/errors';
import { type Logger } from '../../shared/observability/logger';
import { domainOf, type Mailbox } from './domain/mail-address';
import { renderMail, type TakenMail } from './domain/mail';
import { type SendResult } from './domain/settle-mail';

/** Passes mails to a mail server, or writes them to a folder. */
export interface MailSender {
  /** Never rejects. */
  send(mail: TakenMail): Promise<SendResult>;
  /** Closes idle connections; others when their mail has ended. */
  close(): void;
}

/** The message of a mail; null when the data of the mail cannot be rendered, which is logged. This says nothing about the mail server. */
export function composeMessage(mail: TakenMail, from: Mailbox, logger: Logger): SendMailOptions | null {
  try {
    return messageOf(mail, from);
  } catch (error) {
    logger.error('a mail cannot be rendered and is not sent', {
      mail_id: mail.mailId,
      error: textOfError(error),
    });
    return null;
  }
}

/** The result for a mail that cannot be rendered: another attempt would fail too. */
export const NOT_RENDERED: SendResult = { kind: 'refused', error: 'the mail cannot be rendered' };

/**
 * The message of a mail. Its Message-ID and date are the same for each attempt, so that a recipient's server can recognise a repeat. The
 * addresses are passed as such: nothing in them is parsed again.
 */
function messageOf(mail: TakenMail, from: Mailbox): SendMailOptions {
  return {
    ...renderMail(mail),
    from,
    to: { name: '', address: mail.recipient },
    envelope: { from: from.address, to: [mail.recipient] },
    messageId: `<${mail.mailId}@${domainOf(from.address)}>`,
    date: mail.createdAt,
    // RFC 3834: no vacation notices in response.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
