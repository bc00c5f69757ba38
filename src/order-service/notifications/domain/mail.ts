import { type LowStockContent, renderLowStockMail } from './low-stock-mail';
import { type RenderedMail } from './mail-text';

export const MAIL_KINDS = ['low_stock'] as const;
export type MailKind = (typeof MAIL_KINDS)[number];

/** The kind of a mail with the data that its texts are made of. */
export interface MailContent {
  kind: MailKind;
  data: LowStockContent;
}

/** `not_sent`: no mail server was set up when the mail was written. */
export const MAIL_STATUSES = ['pending', 'sent', 'failed', 'not_sent'] as const;
export type MailStatus = (typeof MAIL_STATUSES)[number];

/** A mail before it is stored. */
export interface NewMail extends MailContent {
  mailId: string;
  /** The client whose notification it is. */
  owner: string;
  /** Of the event that caused it. */
  eventId: string;
  /** The product. */
  subjectId: string;
  recipient: string;
  createdAt: Date;
}

/** A mail that this process has taken, and must settle. */
export interface TakenMail extends MailContent {
  mailId: string;
  owner: string;
  recipient: string;
  createdAt: Date;
  /** The number of this attempt. */
  attempt: number;
  /** Failed attempts since the mail was queued. */
  tries: number;
}

/** A mail as the API shows it. */
export interface RecordedMail extends NewMail {
  status: MailStatus;
  /** The number of attempts that have begun. */
  attempts: number;
  /** Null when the mail is not pending. */
  nextAttemptAt: Date | null;
  sentAt: Date | null;
  lastError: string | null;
}

export interface MailFilter {
  status?: MailStatus | undefined;
}

/** The texts of a mail; equal for each attempt. */
export function renderMail({ kind, data }: MailContent): RenderedMail {
  switch (kind) {
    case 'low_stock':
      return renderLowStockMail(data);
  }
}
