import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ConfigError } from '../../shared/config/read-env';
import { type Mailbox, parseMailbox } from './domain/mail-address';

/** A mail server, or a folder to which mails are written instead. */
export type MailTarget = SmtpTarget | { kind: 'folder'; folder: string };

export interface SmtpTarget {
  kind: 'smtp';
  host: string;
  port: number;
  /** Whether TLS begins with the connection; otherwise the connection changes to TLS with STARTTLS. */
  isSecure: boolean;
  /** Whether STARTTLS is required; otherwise it is used if the server offers it. */
  requiresStartTls: boolean;
  credentials: { user: string; password: string } | null;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'smtp:': 587, 'smtps:': 465 };

/** The errors of these variables never contain their values: the URL has a password. */
export const mailVariables = {
  MAIL_URL: z
    .string()
    .transform((text, context) => {
      const target = parseMailUrl(text);
      if (target) return target;
      const message =
        'must be smtp://user:password@host:port, smtps://user:password@host:port or file:///folder; user and password are percent-encoded';
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    })
    .optional()
    .meta({
      description:
        'mail server for notifications: smtp://user:password@host:port (STARTTLS, required with a password), smtps://… (TLS), or ' +
        'file:///folder, to which mails are written as .eml files. Without it, notifications are stored as not_sent (docs/NOTIFICATIONS.md)',
    }),
  MAIL_FROM: z
    .string()
    .transform((text, context) => {
      const mailbox = parseMailbox(text);
      if (mailbox) return mailbox;
      context.addIssue({
        code: 'custom',
        message: 'must be an address, or a name and an address in angle brackets',
      });
      return z.NEVER;
    })
    .optional()
    .meta({
      description:
        'sender of notifications: an address, or Name <address>. Required with a mail server; with file:// no-reply@localhost by default',
    }),
};

export interface MailConfig {
  MAIL_URL?: MailTarget | undefined;
  MAIL_FROM?: Mailbox | undefined;
}

const FOLDER_SENDER: Mailbox = { name: '', address: 'no-reply@localhost' };

/**
 * The sender of mails.
 *
 * @throws ConfigError when mails go to a mail server and no sender is set.
 */
export function senderOf({ MAIL_URL: target, MAIL_FROM: from }: MailConfig): Mailbox {
  if (from) return from;
  if (target?.kind === 'smtp') throw new ConfigError(['MAIL_FROM: is missing: MAIL_URL names a mail server']);
  return FOLDER_SENDER;
}

/** Null for a text that is not the URL of a mail server or of a folder. */
export function parseMailUrl(text: string): MailTarget | null {
  try {
    const url = new URL(text);
    return url.protocol === 'file:' ? folderOf(url) : serverOf(url);
  } catch {
    return null;
  }
}

const folderOf = (url: URL): MailTarget | null =>
  url.host === '' && url.pathname !== '/' && hasOnlyPath(url)
    ? { kind: 'folder', folder: fileURLToPath(url) }
    : null;

function serverOf(url: URL): MailTarget | null {
  const { protocol, hostname, username, password, pathname } = url;
  const defaultPort = DEFAULT_PORTS[protocol];
  const isServer = defaultPort !== undefined && hostname !== '' && /^\/?$/.test(pathname) && hasOnlyPath(url);
  if (!isServer || (username === '') !== (password === '')) return null;
  const host = decodeURIComponent(hostname.replace(/^\[(.*)\]$/, '$1'));
  const isSecure = protocol === 'smtps:';
  return {
    kind: 'smtp',
    host,
    port: url.port === '' ? defaultPort : Number(url.port),
    isSecure,
    requiresStartTls: !isSecure && username !== '' && !isLoopback(host),
    credentials:
      username === '' ? null : { user: decodeURIComponent(username), password: decodeURIComponent(password) },
  };
}

const hasOnlyPath = ({ search, hash }: URL): boolean => search === '' && hash === '';

/** A password may go without TLS to this machine only. */
const isLoopback = (host: string): boolean => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host);
