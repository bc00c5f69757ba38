import { expect } from 'chai';
import { type ApiClient } from './api-client';
import { eventually } from './eventually';
import { orderBody } from './factories';
import { countUnpublished } from '../../src/shared/event-log/outbox';
import { withConnection } from '../../src/shared/postgres/with-connection';
import { rowsOf } from './rows';

/** Longer than the start of a service on a busy machine. */
const ACCEPTED_WITHIN_MS = 90_000;

/** Places different orders in small concurrent groups and returns their ids. Repeats each under its key until it is accepted. */
export async function placeOrders(clients: readonly ApiClient[], count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let done = 0; done < count; done += 10) {
    const group = Array.from({ length: Math.min(10, count - done) }, (_, index) =>
      placeOne(clients, done + index),
    );
    ids.push(...(await Promise.all(group)));
  }
  return ids;
}

async function placeOne(clients: readonly ApiClient[], number: number): Promise<string> {
  const body = orderBody();
  let attempt = 0;
  return eventually(async () => {
    const client = clients[(number + attempt++) % clients.length]!;
    const answer = await client.post('/orders', body, { 'Idempotency-Key': `order-${body.customer_id}` });
    expect(answer.status, answer.text).to.equal(201);
    return answer.body.order_id as string;
  }, ACCEPTED_WITHIN_MS);
}

const WAY = ['PROCESSING', 'SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'];

/**
 * Waits until every order is DELIVERED, then checks both databases: one order per id, exactly one shipment per order, no other shipments,
 * every status exactly once in both event logs, contiguous versions, and no unpublished events.
 */
export async function expectDeliveredOnce(
  environment: Record<string, string>,
  ids: readonly string[],
  withinMs: number,
) {
  const orders = environment['ORDER_DATABASE_URL']!;
  const deliveries = environment['DELIVERY_DATABASE_URL']!;
  await eventually(async () => {
    const rows = await rowsOf<{ status: string; count: number }>(
      orders,
      'SELECT status, count(*)::int AS count FROM orders GROUP BY status',
    );
    expect(rows).to.deep.equal([{ status: 'DELIVERED', count: ids.length }]);
  }, withinMs);
  const shipments = await rowsOf<{ order_id: string }>(deliveries, 'SELECT order_id FROM shipments');
  expect(shipments.map((row) => row.order_id)).to.have.members([...ids]);
  expect(await logsOf(orders), 'event log of the Order Service').to.deep.equal([
    { versions: [1, 2, 3, 4, 5], statuses: [null, ...WAY.slice(1)], count: ids.length },
  ]);
  expect(await logsOf(deliveries), 'event log of the Delivery Service').to.deep.equal([
    { versions: [1, 2, 3, 4, 5], statuses: WAY, count: ids.length },
  ]);
  await eventually(async () =>
    expect([await waiting(orders), await waiting(deliveries)]).to.deep.equal([0, 0]),
  );
}

/** The number of orders per event log: one row when all logs are equal. */
async function logsOf(url: string) {
  return rowsOf<{ versions: number[]; statuses: (string | null)[]; count: number }>(
    url,
    `SELECT versions, statuses, count(*)::int AS count
       FROM (SELECT array_agg(version ORDER BY version) AS versions,
                    array_agg(payload->>'status' ORDER BY version) AS statuses
               FROM events WHERE order_id IS NOT NULL GROUP BY order_id) AS logs
      GROUP BY versions, statuses`,
  );
}

const waiting = (url: string): Promise<number> => withConnection(url, countUnpublished);
