import { expect } from 'chai';
import { rowsOf } from './rows';

/** One order or shipment: its current state and its event log. */
interface Entry {
  order_id: string;
  status: string;
  version: number;
  /** The statuses of its event log, in order. */
  way: string[];
  versions: number[];
}

export interface Books {
  orders: Map<string, Entry>;
  shipments: Map<string, Entry>;
  /** Kinds of reconciliation findings by order. */
  findings: Map<string, string>;
}

/** Reads the state of every order from both databases. */
export async function readBooks(environment: Record<string, string>): Promise<Books> {
  const orders = environment['ORDER_DATABASE_URL']!;
  const [inOrders, inDeliveries, findings] = await Promise.all([
    rowsOf<Entry>(orders, entries('orders', 'shipment_version', 'ORDER_STATUS_CHANGED')),
    rowsOf<Entry>(
      environment['DELIVERY_DATABASE_URL']!,
      entries('shipments', 'version', 'SHIPMENT_STATUS_CHANGED'),
    ),
    rowsOf<{ order_id: string; kind: string }>(orders, 'SELECT order_id, kind FROM reconciliation_findings'),
  ]);
  return {
    orders: byOrder(inOrders),
    shipments: byOrder(inDeliveries),
    findings: new Map(findings.map(({ order_id: id, kind }) => [id, kind])),
  };
}

/**
 * Checks that every order has the same final status as its shipment, by the same statuses and with all of its messages, and that the
 * findings are exactly the orders that differ.
 */
export function expectEqualBooks({ orders, shipments, findings }: Books): void {
  const [ofOrders, unfit] = [[...orders.values()], [] as string[]];
  for (const order of ofOrders) if (!fits(order, shipments.get(order.order_id))) unfit.push(order.order_id);
  for (const shipment of shipments.values())
    if (!orders.has(shipment.order_id) && shipment.status !== 'CANCELLED') unfit.push(shipment.order_id);
  expect([...findings.keys()], 'the findings are the orders that differ').to.have.members(unfit);
  for (const { order_id: id, versions } of [...ofOrders, ...shipments.values()])
    expect(versions, `event log of ${id}`).to.deep.equal(versions.map((_, index) => index + 1));
}

const ENDS = ['DELIVERED', 'RETURNED', 'CANCELLED'];

function fits(order: Entry, shipment: Entry | undefined): boolean {
  if (!shipment || !ENDS.includes(order.status)) return false;
  const way = shipment.way.filter((status) => status !== 'PROCESSING');
  return (
    shipment.status === order.status && shipment.version === order.version && way.join() === order.way.join()
  );
}

const byOrder = (entries: readonly Entry[]): Map<string, Entry> =>
  new Map(entries.map((entry) => [entry.order_id, entry]));

const entries = (table: string, version: string, type: string): string =>
  `SELECT t.order_id, t.status, t.${version} AS version, log.versions, log.way
     FROM ${table} t
     JOIN LATERAL (
          SELECT array_agg(version ORDER BY version) AS versions,
                 coalesce(array_agg(payload->>'status' ORDER BY version) FILTER (
                   WHERE type = '${type}' AND payload->>'status' IS DISTINCT FROM payload->>'previous_status'), '{}') AS way
            FROM events WHERE order_id = t.order_id) log ON true`;
