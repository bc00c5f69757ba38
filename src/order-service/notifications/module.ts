import { days } from '../../shared/config/fragments';
import { integerText } from '../../shared/contracts/integers';
import { type ScopeDeclaration } from '../../shared/contracts/scopes';
import { PublicHealthError } from '../../shared/errors';
import { type HealthChecks } from '../../shared/http/health-checks';
import { type Module, type Platform } from '../platform';
import { createFolderSender } from './folder-sender';
import { type MailSender } from './mail-sender';
import { type MailConfig, mailVariables, senderOf } from './mail-settings';
import { notificationOperations } from './routes/notification-operations';
import { NOTIFICATIONS_TAG } from './routes/notification-resource';
import { settingsOperations } from './routes/settings-operations';
import { createSmtpSender } from './smtp-sender';
import { countEventsBehind, countPending, pruneMails } from './use-cases/keep-mails';
import { type FindProducts } from './use-cases/queue-low-stock-mails';
import { createLowStockLoop } from './workers/low-stock-loop';
import { createMailDispatcher, type MailDispatcher } from './workers/mail-dispatcher';

export const notificationSettings = {
  ...mailVariables,
  MAIL_CONCURRENCY: integerText(1, 100)
    .default(5)
    .meta({ description: 'mails that each process sends at a time, each over a connection of its own' }),
  NOTIFICATIONS_PER_CLIENT_PER_DAY: integerText(1, 10_000)
    .default(1_000)
    .meta({ description: 'notifications of a client in 24 hours; further ones are left out' }),
  NOTIFICATION_RETENTION_DAYS: days(7, 365)
    .default(30)
    .meta({ description: 'days for which notifications are kept, also those that were not sent' }),
};

export const notificationScopes: ScopeDeclaration = {
  scopes: ['notification:manage'],
  ofShops: ['notification:manage'],
};

export interface NotificationsConfig extends MailConfig {
  MAIL_CONCURRENCY: number;
  NOTIFICATIONS_PER_CLIENT_PER_DAY: number;
  NOTIFICATION_RETENTION_DAYS: number;
  SHUTDOWN_TIMEOUT_MS: number;
}

export interface NotificationsPorts {
  /** Finds the names of products; without it, mails name products by their SKUs. */
  findProducts?: FindProducts;
}

/** The time limit of a mail, in milliseconds. */
const TIME_LIMIT_MS = 30_000;

/**
 * The module `notifications`: e-mails about events.
 *
 * @throws ConfigError
 */
export function composeNotifications(
  platform: Platform,
  config: NotificationsConfig,
  { findProducts = () => Promise.resolve(new Map()) }: NotificationsPorts = {},
): Module {
  const { database: db, readPool, logger, metrics } = platform;
  const sender = createSender(platform, config);
  const isSent = sender !== null;
  const dispatcher = sender && composeDispatcher(platform, config, sender);
  const countLimited = metrics.counter(
    'notifications_limited_total',
    'Notifications that a limit left out, by reason.',
    ['reason'],
  );
  metrics.gauge('mails_pending', 'Mails that wait or are being sent, at most 100 001.', () =>
    countPending(db),
  );
  metrics.gauge('notification_events_behind', 'Events that were not read for notifications yet.', () =>
    countEventsBehind(db),
  );
  return {
    tags: [{ name: NOTIFICATIONS_TAG, description: 'E-mails to the operators of the calling client.' }],
    links: { notifications: '/notifications' },
    operations: [...settingsOperations({ db }), ...notificationOperations({ db, reads: readPool, isSent })],
    components: [
      createLowStockLoop({
        db,
        findProducts,
        isSent,
        perDay: config.NOTIFICATIONS_PER_CLIENT_PER_DAY,
        logger,
        onLimited: (reason, count) => countLimited({ reason }, count),
      }),
      ...(dispatcher ? [dispatcher] : []),
    ],
    housekeeping: [() => pruneMails(db, config.NOTIFICATION_RETENTION_DAYS)],
    healthChecks: dispatcher ? mailHealth(dispatcher) : {},
  };
}

/** Null: mails are stored and not sent. */
function createSender({ logger }: Platform, config: NotificationsConfig): MailSender | null {
  const { MAIL_URL: target, MAIL_CONCURRENCY: connections } = config;
  const from = senderOf(config);
  switch (target?.kind) {
    case 'smtp':
      return createSmtpSender({ target, from, connections, timeLimitMs: TIME_LIMIT_MS, logger });
    case 'folder':
      return createFolderSender({ folder: target.folder, from, logger });
    case undefined:
      return null;
  }
}

function composeDispatcher(
  { database: db, logger, metrics }: Platform,
  config: NotificationsConfig,
  sender: MailSender,
): MailDispatcher {
  const countAttempts = metrics.counter('mail_attempts_total', 'Attempts to send mails, by outcome.', [
    'outcome',
  ]);
  return createMailDispatcher({
    db,
    sender,
    concurrency: config.MAIL_CONCURRENCY,
    timeLimitMs: TIME_LIMIT_MS,
    stopGraceMs: config.SHUTDOWN_TIMEOUT_MS / 2,
    logger,
    onSettled: (outcome) => countAttempts({ outcome }),
  });
}

/** From the last attempt: the check itself sends nothing. */
const mailHealth = (dispatcher: MailDispatcher): HealthChecks => ({
  mail: {
    check: () =>
      dispatcher.isFailing()
        ? Promise.reject(new PublicHealthError('the mail server does not accept mails; they are sent later'))
        : Promise.resolve(),
    critical: false,
  },
});
