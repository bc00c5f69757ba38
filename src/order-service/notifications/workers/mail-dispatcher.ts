import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../../shared/errors';
import { type Logger } from '../../../shared/observability/logger';
import { type Database } from '../../../shared/postgres/queryable';
import { type BackgroundLoop, createBackgroundLoop } from '../../../shared/runtime/background-loop';
import { type Component } from '../../../shared/runtime/lifecycle';
import { withTimeout } from '../../../shared/runtime/with-timeout';
import { type TakenMail } from '../domain/mail';
import { type Outcome, outcomeOf, type Settlement, settlementOf } from '../domain/settle-mail';
import { type MailSender } from '../mail-sender';
import { onMailsDue, settleMail, takeMails } from '../use-cases/send-mails';
import { createSendingPause } from './sending-pause';

export interface MailDispatcherOptions {
  db: Database;
  sender: MailSender;
  /** The maximum number of mails that this process sends at a time. */
  concurrency: number;
  /** The time limit of the sender for one mail. */
  timeLimitMs: number;
  /** How long mails that are being sent may take when the process stops. */
  stopGraceMs: number;
  logger: Logger;
  onSettled: (outcome: Outcome) => void;
}

/** Sends due mails; several processes share the work. */
export interface MailDispatcher extends Component {
  loop: BackgroundLoop;
  /** Whether the last attempt could not use the mail server. */
  isFailing(): boolean;
  /** Resolves when no mail is being sent. */
  whenIdle(): Promise<void>;
}

/** A lease exceeds the time limit of a mail by this time, so that its result is settled before another process takes the mail. */
const LEASE_MARGIN_MS = 15_000;

/** How often to look for mails of other processes, and for mails that have become due, in milliseconds. */
const POLL_MS = 1_000;

/** The pauses before a settlement that failed is repeated. Each one that is lost means that a mail is sent twice. */
const SETTLE_AGAIN_MS: readonly number[] = [500, 2_000, 5_000];

export function createMailDispatcher(options: MailDispatcherOptions): MailDispatcher {
  const { db, sender, concurrency, timeLimitMs, logger, onSettled } = options;
  const pause = createSendingPause();
  const running = new Set<Promise<void>>();
  /** Whose mail was taken last. */
  let afterOwner = '';
  const loop = createBackgroundLoop({
    name: 'mail dispatcher',
    async step() {
      const pausedMs = pause.remainingMs();
      if (pausedMs > 0) return pausedMs;
      const most = pause.limit(concurrency) - running.size;
      if (most <= 0) return 'idle';
      const taken = await takeMails(db, { most, leaseMs: timeLimitMs + LEASE_MARGIN_MS, afterOwner });
      afterOwner = taken.at(-1)?.owner ?? '';
      for (const mail of taken) start(mail);
      return 'idle';
    },
    idleMs: POLL_MS,
    logger,
  });

  function start(mail: TakenMail): void {
    const run = attempt(mail).finally(() => {
      running.delete(run);
      loop.nudge();
    });
    running.add(run);
  }

  async function attempt(mail: TakenMail): Promise<void> {
    const startedAt = performance.now();
    const result = await sender.send(mail);
    if (result.kind === 'unavailable') pause.failed(startedAt);
    else pause.succeeded();
    const settlement = settlementOf(mail, result, Math.random());
    if (await settle(db, mail, settlement, logger)) onSettled(outcomeOf(settlement));
  }

  async function whenIdle(): Promise<void> {
    while (running.size > 0) await Promise.all(running);
  }

  onMailsDue(db, () => loop.nudge());
  return {
    name: 'mail dispatcher',
    loop,
    isFailing: () => pause.isFailing,
    whenIdle,
    start: () => loop.start(),
    async stop() {
      await loop.stop();
      await withTimeout(options.stopGraceMs, whenIdle(), () => undefined);
      sender.close();
    },
  };
}

/** Whether the result was recorded. One that cannot be recorded is repeated after the lease, under the same Message-ID. */
async function settle(
  db: Database,
  mail: TakenMail,
  settlement: Settlement,
  logger: Logger,
): Promise<boolean> {
  for (let failures = 0; ; failures += 1)
    try {
      return await settleMail(db, mail, settlement);
    } catch (error) {
      const pauseMs = SETTLE_AGAIN_MS[failures];
      if (pauseMs === undefined) {
        const fields = { mail_id: mail.mailId, status: settlement.status, error: messageOf(error) };
        logger.warn('the result of a mail could not be recorded; the mail is repeated', fields);
        return false;
      }
      await delay(pauseMs);
    }
}
