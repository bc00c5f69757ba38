import { type ShipmentStep } from '../../../src/delivery-service/domain/shipment';
import {
  constantParameters,
  CREATE_ORDER_TRANSACTION,
  RANDOM_BELOW,
  toStatement,
} from './create-order-transaction';
import { type FloorScript } from './floor-script';
import { orderLife, type OrderLife } from './order-life';

/**
 * Every transaction of an order's life, one after another with one statement after another: what the services write between the request
 * and DELIVERED, without groups, reads, leases and locks. For each database the script of each schema, the newest first. When a migration
 * changes these rows, add scripts and keep these: a build that is compared can have the former schema.
 */
export async function orderLifeScripts(): Promise<Record<'orders' | 'deliveries', readonly FloorScript[]>> {
  const life = await orderLife();
  return { orders: [orderScript(life)], deliveries: [deliveryScript(life)] };
}

/** In the database of the Order Service: place the order, publish its event, apply four statuses. */
function orderScript({ orderSteps }: OrderLife): FloorScript {
  const steps = orderSteps.flatMap(({ order, event }) => {
    const version = String(order.version);
    return [
      'BEGIN',
      `UPDATE orders
          SET status = '${order.status}', version = ${version}, cancellation = NULL, carrier = 'simulated', tracking_number = :tracking,
              estimated_delivery = now() + interval '3 days', shipment_version = ${String(order.shipmentVersion)}, updated_at = now(),
              checked_at = now()
        WHERE order_id = :order_id::uuid`,
      appendEvent(version, event!.type, `'delivery-service'`, null),
      'COMMIT',
    ];
  });
  return {
    statements: [...placed(), markPublished('1'), ...steps].map(toStatement),
    constants: {
      ...constantParameters(),
      tracking: orderSteps[0]!.order.shipping!.trackingNumber!,
      ...payloads(orderSteps.map(({ order, event }) => [order.version, event!.payload])),
    },
    randomBelow: RANDOM_BELOW,
  };
}

/** The transaction that places an order; it also returns the id of the order, as the claim of the idempotency record does. */
const placed = (): string[] =>
  CREATE_ORDER_TRANSACTION.map((statement) =>
    statement.startsWith('INSERT INTO idempotency_records')
      ? `${statement} RETURNING order_id \\gset`
      : statement,
  );

/** In the database of the Delivery Service: accept the order, take the four steps of the carrier, publish each event. */
function deliveryScript({ shipmentSteps }: OrderLife): FloorScript {
  const [accepted, ...advanced] = shipmentSteps as [ShipmentStep, ...ShipmentStep[]];
  const { shipment } = accepted;
  const { client, traceparent } = constantParameters();
  return {
    statements: [...acceptOrder(), markPublished('1'), ...advanced.flatMap(advanceShipment)].map(toStatement),
    constants: {
      client,
      traceparent,
      carrier_actor: 'carrier:simulated',
      customer: shipment.customerId,
      items: JSON.stringify(shipment.items),
      tracking: advanced[0]!.shipment.trackingNumber!,
      ...payloads(shipmentSteps.map((step) => [step.shipment.version, step.event.payload])),
    },
    randomBelow: RANDOM_BELOW,
  };
}

/** The id of the shipment has the time of the order's and is otherwise a hash; the id of the message takes the place of the order's id. */
const acceptOrder = (): string[] => [
  'BEGIN',
  `INSERT INTO inbox (message_id) VALUES (NEW_UUID) ON CONFLICT DO NOTHING
   RETURNING message_id AS order_id,
             left(message_id::text, 15) || substr(md5(message_id::text), 1, 3) || '-8' || substr(md5(message_id::text), 4, 3) || '-' ||
             substr(md5(message_id::text), 7, 12) AS shipment_id \\gset`,
  `INSERT INTO shipments (shipment_id, order_id, client_id, customer_id, items, status, version, attempts, next_step_at, correlation_id,
                          traceparent, created_at, updated_at)
   VALUES (:shipment_id::uuid, :order_id::uuid, :client, :customer, :items, 'PROCESSING', 1, 0, now(), gen_random_uuid()::text,
           :traceparent, now(), now())
   ON CONFLICT (order_id) DO NOTHING`,
  appendEvent('1', 'SHIPMENT_STATUS_CHANGED', `'order-service'`, 'delivery-status-queue.fifo'),
  'COMMIT',
];

function advanceShipment({ shipment, nextStep, event }: ShipmentStep): string[] {
  const version = String(shipment.version);
  return [
    'BEGIN',
    `UPDATE shipments
        SET status = '${shipment.status}', version = ${version}, attempts = ${String(shipment.attempts)}, carrier = 'simulated',
            tracking_number = :tracking, estimated_delivery = created_at + interval '3 days',
            next_step_at = ${nextStep === 'never' ? 'NULL' : 'now()'}, held_at = NULL, updated_at = now()
      WHERE shipment_id = :shipment_id::uuid AND version = ${String(shipment.version - 1)}`,
    appendEvent(version, event.type, ':carrier_actor', 'delivery-status-queue.fifo'),
    'COMMIT',
    markPublished(version),
  ];
}

/** An event of the order and, if it is sent, its row in the outbox. Event ids sort by time, as the services' do. */
function appendEvent(version: string, type: string, actor: string, queue: string | null): string {
  const insert = `
    INSERT INTO events (event_id, subject_type, subject_id, owner, order_id, version, type, payload, actor, correlation_id, traceparent,
                        occurred_at)
    VALUES ((left(:order_id::text, 14) || substr(gen_random_uuid()::text, 15))::uuid, 'order', :order_id::uuid, :client, :order_id::uuid,
            ${version}, '${type}', :payload_${version}, ${actor}, gen_random_uuid()::text, :traceparent, now())`;
  if (queue === null) return insert;
  return `WITH logged AS (${insert} RETURNING seq)
          INSERT INTO outbox (seq, subject_id, version, queue) SELECT seq, :order_id::uuid, ${version}, '${queue}' FROM logged`;
}

/** What the relay writes once the queue has accepted the event. */
const markPublished = (version: string): string =>
  `WITH sent AS (DELETE FROM outbox WHERE subject_id = :order_id::uuid AND version = ${version} RETURNING seq, resend)
   INSERT INTO publications (seq, resend, published_at) SELECT seq, resend, now() FROM sent`;

const payloads = (ofVersions: readonly (readonly [version: number, payload: unknown])[]) =>
  Object.fromEntries(
    ofVersions.map(([version, payload]) => [`payload_${String(version)}`, JSON.stringify(payload)]),
  );
