import { LRUCache } from 'lru-cache';
import { createBatchLoader } from '../../../shared/runtime/batch-loader';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type TakenDelivery } from '../domain/delivery';
import { type SecretSealing } from '../domain/sealed-secret';
import { type SendOutcome, type WebhookSender } from '../http-sender';
import { loadTargets, type Target } from '../use-cases/load-targets';
import { renderBodies } from '../use-cases/render-bodies';
import { webhookRequest } from '../use-cases/webhook-request';

/** The request of one attempt, ready to be sent. */
export interface PreparedRequest {
  /** @param maxWaitMs how long to wait while other requests occupy the sender. */
  send(signal: AbortSignal, maxWaitMs: number): Promise<SendOutcome>;
}

export interface EventSender {
  /** Keeps bodies that were just rendered. */
  remember(bodies: ReadonlyMap<string, string>): void;
  /**
   * Finds the target and the body of a delivery.
   *
   * @returns the reason when there is nothing to send any more.
   */
  prepare(delivery: TakenDelivery): Promise<PreparedRequest | { gone: string }>;
}

export interface EventSenderOptions {
  db: Queryable;
  sender: WebhookSender;
  sealing: Pick<SecretSealing, 'open'>;
}

/** The bodies that are kept for further endpoints and attempts: about as many characters in all. */
const KEPT_CHARACTERS = 16_000_000;
const KEPT_TARGETS = 5_000;

/** Sends deliveries: signed anew for each attempt, with the same body for each endpoint and attempt. */
export function createEventSender({ db, sender, sealing }: EventSenderOptions): EventSender {
  const bodies = new LRUCache<string, string>({
    maxSize: KEPT_CHARACTERS,
    sizeCalculation: ({ length }) => length + 1,
  });
  const targets = new LRUCache<string, Target>({ max: KEPT_TARGETS });
  const loadBody = createBatchLoader<TakenDelivery, string | Error | null>(async (deliveries) => {
    const rendered = await renderBodies(db, deliveries);
    return deliveries.map(({ eventId }) => rendered.get(eventId) ?? null);
  });
  const loadTarget = createBatchLoader<string, Target | Error | null>(async (endpointIds) => {
    const loaded = await loadTargets(db, sealing, [...new Set(endpointIds)]);
    return endpointIds.map((endpointId) => loaded.get(endpointId) ?? null);
  });

  async function bodyOf(delivery: TakenDelivery): Promise<string | null> {
    const kept = bodies.get(delivery.eventId);
    if (kept !== undefined) return kept;
    const body = await loadBody(delivery);
    if (body instanceof Error) throw body;
    if (body !== null) bodies.set(delivery.eventId, body);
    return body;
  }

  async function targetOf({ endpointId, endpointVersion }: TakenDelivery): Promise<Target | null> {
    const kept = targets.get(endpointId);
    if (kept && kept.version >= endpointVersion) return kept;
    const target = await loadTarget(endpointId);
    if (target instanceof Error) throw target;
    if (target) targets.set(endpointId, target);
    return target;
  }

  return {
    remember(rendered) {
      for (const [eventId, body] of rendered) bodies.set(eventId, body);
    },
    async prepare(delivery) {
      const [target, body] = await Promise.all([targetOf(delivery), bodyOf(delivery)]);
      if (target === null) return { gone: 'the endpoint was deleted' };
      if (body === null) return { gone: 'the event is no longer kept' };
      return {
        send(signal, maxWaitMs) {
          const request = webhookRequest(target, { eventId: delivery.eventId, body }, new Date());
          return sender.send({ ...request, signal, maxWaitMs });
        },
      };
    },
  };
}
