import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../src/shared/contracts/queues';
import { send, type ApiClient } from './api-client';
import { eventually } from './eventually';
import { orderBody } from './factories';
import { bearer } from './oauth';
import { linesOf, recordingLogger, type RecordedLine } from './recorded-log';
import { rowsOf } from './rows';
import { startServicePair, type ServicePair } from './service-pair';
import { testQueues } from './sqs-messages';

/** Both running services and their log lines. */
export interface OrderLogScene {
  pair: ServicePair;
  shop: ApiClient;
  /** The lines of both services, including requests. */
  lines: RecordedLine[];
  place(headers?: Record<string, string>, body?: object): Promise<string>;
  /** Sends a message about an order with the data of its first event and another type. */
  sendOfOrder(orderId: string, type: 'ORDER_CREATED' | 'ORDER_CANCEL_REQUESTED'): Promise<void>;
  /** Waits for lines with these summaries and returns the lines about the order. */
  untilStory(orderId: string, ...summaries: string[]): Promise<RecordedLine[]>;
}

/** A short summary of a line. */
export function gistOf(line: RecordedLine): string {
  const { status, shipment_status: followed, type, version } = line;
  const details = type === undefined ? [status, followed] : [type, version];
  return `${line.service}: ${[line.message, ...details].filter((part) => part !== undefined).join(' ')}`;
}

export async function startOrderLogScene(stepMs: string): Promise<OrderLogScene> {
  const lines: RecordedLine[] = [];
  const pair = await startServicePair({
    variables: { SIMULATED_STEP_MS: stepMs },
    orders: { logger: recordingLogger('order-service', lines) },
    delivery: { logger: recordingLogger('delivery-service', lines) },
  });
  const shop = await pair.client();
  return {
    pair,
    shop,
    lines,
    async place(headers = {}, body = orderBody()) {
      const sent = { ...bearer(shop.token), ...headers };
      const placed = await send(`${pair.orderUrl}/orders`, 'POST', body, sent);
      expect(placed.status, placed.text).to.be.within(200, 201);
      return placed.body.order_id as string;
    },
    sendOfOrder: (orderId, type) => sendOfOrder(pair, orderId, type),
    untilStory: (orderId, ...summaries) =>
      eventually(() => {
        const story = linesOf(lines, orderId);
        expect(story.map(gistOf)).to.include.members(summaries);
        return story;
      }),
  };
}

async function sendOfOrder({ environment }: ServicePair, orderId: string, type: string): Promise<void> {
  const [event] = await rowsOf<{ event_id: string; payload: object; traceparent: string }>(
    environment['ORDER_DATABASE_URL']!,
    'SELECT event_id, payload, traceparent FROM events WHERE order_id = $1 AND version = 1',
    [orderId],
  );
  const { event_id: eventId, ...rest } = event!;
  const id = type === 'ORDER_CREATED' ? eventId : randomUUID();
  const names = { id, type, schema_version: 1, order_id: orderId, version: 1, correlation_id: 'sent-1' };
  const message = { ...names, occurred_at: new Date().toISOString(), ...rest };
  const queues = testQueues(environment);
  await queues.send(ORDERS_QUEUE, orderId, JSON.stringify(message));
  queues.client.destroy();
}
