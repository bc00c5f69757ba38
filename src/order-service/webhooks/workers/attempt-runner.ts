import { setMaxListeners } from 'node:events';
import { type Logger } from '../../../shared/observability/logger';
import { messageOf } from '../../../shared/errors';
import { withTimeout } from '../../../shared/runtime/with-timeout';
import { type AttemptAnswer, type SettledDelivery, type TakenDelivery } from '../domain/delivery';
import { isSuccess, settleAttempt } from '../domain/settle-attempt';
import { isOfData } from '../use-cases/present-events';
import { type EndpointLanes } from './endpoint-lanes';
import { type EventSender, type PreparedRequest } from './event-sender';

export interface AttemptRunnerOptions {
  lanes: EndpointLanes;
  sender: EventSender;
  /** How long after a delivery was taken its request may begin, in milliseconds: it must end within the lease. */
  startWithinMs: number;
  logger: Logger;
}

/** Makes the attempts of deliveries that this process has taken. */
export interface AttemptRunner {
  /** @param takenAt before the deliveries were taken, of `performance.now()`. */
  start(taken: readonly TakenDelivery[], takenAt: number): void;
  /** Removes and returns attempts that have ended and are to be settled. */
  takeEnded(atMost: number): SettledDelivery[];
  /** Returns attempts that could not be settled. */
  putBack(settled: readonly SettledDelivery[]): void;
  /** The number of attempts to be settled. */
  readonly ended: number;
  /** The listener is called when an attempt has ended. */
  onEnded(listener: () => void): void;
  /** Resolves when no request runs; those that take longer are cancelled, and their deliveries returned. */
  finish(graceMs: number): Promise<void>;
}

/** After a failure of this service itself, or while the circuit breaker is open. */
const RETURNED_FOR_MS = 5_000;

export function createAttemptRunner(options: AttemptRunnerOptions): AttemptRunner {
  const { lanes, logger } = options;
  const cancelling = new AbortController();
  setMaxListeners(0, cancelling.signal);
  const running = new Set<Promise<void>>();
  let ended: SettledDelivery[] = [];
  let notify: () => void = () => undefined;

  async function attempt(delivery: TakenDelivery, takenAt: number): Promise<void> {
    const settled = await lanes
      .occupy(delivery.endpointId, () => makeAttempt(options, delivery, takenAt, cancelling.signal))
      .catch((error: unknown) => {
        logger.warn('a webhook could not be sent and will be repeated', {
          event_id: delivery.eventId,
          endpoint_id: delivery.endpointId,
          error: messageOf(error),
        });
        return isOfData(error) ? unsendable(delivery) : returned(delivery, RETURNED_FOR_MS);
      });
    ended.push(settled);
    notify();
  }

  return {
    start(taken, takenAt) {
      for (const delivery of taken) {
        const run = attempt(delivery, takenAt).finally(() => running.delete(run));
        running.add(run);
      }
    },
    takeEnded: (atMost) => ended.splice(0, atMost),
    putBack(settled) {
      ended = [...settled, ...ended];
    },
    get ended() {
      return ended.length;
    },
    onEnded(listener) {
      notify = listener;
    },
    async finish(graceMs) {
      await withTimeout(
        graceMs,
        Promise.all(running).then(() => undefined),
        () => cancelling.abort(),
      );
      await Promise.all(running);
    },
  };
}

async function makeAttempt(
  { lanes, sender, startWithinMs }: AttemptRunnerOptions,
  delivery: TakenDelivery,
  takenAt: number,
  signal: AbortSignal,
): Promise<SettledDelivery> {
  const prepared = await sender.prepare(delivery);
  if ('gone' in prepared) return withoutRequest(delivery, prepared.gone);
  // Another process takes the delivery when the lease ends: a request must not begin so late that it could follow that process' one.
  const waitLeft = (): number => startWithinMs - (performance.now() - takenAt);
  const maxWaitMs = waitLeft();
  if (maxWaitMs <= 0 || signal.aborted) return returned(delivery, 0);
  let attemptedAt = new Date();
  const result = await lanes.request({
    endpointId: delivery.endpointId,
    send() {
      attemptedAt = new Date();
      return send(prepared, signal, Math.max(0, waitLeft()));
    },
    isFailure,
    maxWaitMs,
    signal,
  });
  if (result === 'refused') return returned(delivery, RETURNED_FOR_MS);
  if (result === 'late' || result.answer === 'cancelled') return returned(delivery, 0);
  if (result.answer === 'unsent') return returned(delivery, RETURNED_FOR_MS);
  return settleAttempt(delivery, result.answer, { attemptedAt, now: new Date(), random: Math.random() });
}

type Answer = AttemptAnswer | 'cancelled' | 'unsent';

/** Of a cancelled request it is unknown whether it was received. */
async function send(request: PreparedRequest, signal: AbortSignal, maxWaitMs: number): Promise<Answer> {
  const answer = await request.send(signal, maxWaitMs);
  if (answer.kind === 'unsent') return 'unsent';
  return signal.aborted && answer.kind === 'failed' ? 'cancelled' : answer;
}

const isFailure = (answer: Answer): boolean => typeof answer !== 'string' && !isSuccess(answer);

const NO_ANSWER = { latencyMs: 0, httpStatus: null, error: null, excerpt: null };

const returned = (delivery: TakenDelivery, delayMs: number): SettledDelivery => ({
  ...delivery,
  ...NO_ANSWER,
  outcome: 'returned',
  delayMs,
  attemptedAt: new Date(),
});

/** Its own data, or that of its endpoint, prevents the request: it fails by the schedule, not without end. */
function unsendable(delivery: TakenDelivery): SettledDelivery {
  const now = new Date();
  const answer = { kind: 'failed', latencyMs: 0, error: 'the request could not be made' } as const;
  return settleAttempt(delivery, answer, { attemptedAt: now, now, random: Math.random() });
}

const withoutRequest = (delivery: TakenDelivery, error: string): SettledDelivery => ({
  ...delivery,
  ...NO_ANSWER,
  outcome: 'failed',
  attemptedAt: new Date(),
  error,
});
