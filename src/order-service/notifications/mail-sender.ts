import { type SendMailOptions } from 'nodemailer';
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

/**
 * The message of a mail. Its Message-ID and date are the same for each attempt, so that a recipient's server can recognise a repeat. The
 * addresses are passed as such: nothing in them is parsed again.
 */
export function messageOf(mail: TakenMail, from: Mailbox): SendMailOptions {
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
