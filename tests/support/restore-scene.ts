import { expect } from 'chai';
import { freePorts } from './free-ports';
import { type Logger } from '../../src/shared/observability/logger';
import { startTcpProxy, type TcpProxy } from '../chaos/tcp-proxy';
import { bearerClient, type ApiClient, type ApiResponse } from './api-client';
import { eventually } from './eventually';
import { orderBody } from './factories';
import { rowsOf } from './rows';
import { startServicePair, type ServicePair } from './service-pair';

/** An order that has a shipment. */
export interface Accepted {
  order_id: string;
  shipment_id: string;
}

export interface LoggedLine {
  message: string;
  fields: Record<string, unknown>;
}

/** Both running services; shipments are advanced by an operator, not by the carrier. */
export interface RestoreScene {
  pair: ServicePair;
  logger: Logger;
  /** The log lines of the Order Service since the previous read. */
  logged: LoggedLine[];
  /** The link from the Order Service to the Delivery Service. */
  peer: TcpProxy;
  shop: ApiClient;
  operator: ApiClient;
  /** The operator's client of the Delivery Service. */
  carrier: ApiClient;
  stop(): Promise<void>;
}

export async function startRestoreScene(): Promise<RestoreScene> {
  const logged: LoggedLine[] = [];
  const record = (message: string, fields: object = {}) =>
    void logged.push({ message, fields: fields as Record<string, unknown> });
  const logger: Logger = { info: () => undefined, debug: () => undefined, warn: record, error: record };
  const [port = 0] = await freePorts(1);
  const peer = await startTcpProxy([port]);
  const variables = {
    SIMULATED_STEP_MS: '3600000',
    RECONCILE_AFTER_SECONDS: '1',
    DELIVERY_SERVICE_PORT: String(port),
    DELIVERY_SERVICE_URL: `http://127.0.0.1:${String(peer.port)}`,
  };
  const pair = await startServicePair({ variables, orders: { logger } });
  const operator = await pair.client('demo-operator');
  return {
    pair,
    logger,
    logged,
    peer,
    shop: await pair.client(),
    operator,
    carrier: bearerClient(pair.deliveryUrl, operator.token),
    async stop() {
      await pair.stop();
      await peer.stop();
    },
  };
}

export const ordersOf = ({ pair }: RestoreScene): string => pair.environment['ORDER_DATABASE_URL']!;
export const deliveriesOf = ({ pair }: RestoreScene): string => pair.environment['DELIVERY_DATABASE_URL']!;

/** Places an order and waits until it has applied the acceptance of its shipment. */
export async function accepted(scene: RestoreScene): Promise<Accepted> {
  const { order_id: orderId } = (await scene.shop.post('/orders', orderBody())).body;
  return eventually(async () => {
    const [found] = (await scene.carrier.get(`/shipments?order_id=${orderId}`)).body.data;
    expect(found?.status).to.equal('PROCESSING');
    expect(await stateOf(scene, { order_id: orderId })).to.include({ shipment_version: 1 });
    return found as Accepted;
  });
}

/** Advances the shipment without waiting for the order. */
export function carrierStep(
  { carrier }: RestoreScene,
  { shipment_id: id }: Accepted,
  status: string,
  shipping: object = {},
): Promise<ApiResponse> {
  return carrier.put(`/shipments/${id}/status`, { status, ...shipping });
}

/** Advances the shipment and waits until the order has the status. */
export async function step(
  scene: RestoreScene,
  order: Accepted,
  status: string,
  shipping: object = {},
): Promise<void> {
  const moved = await carrierStep(scene, order, status, shipping);
  expect(moved.status, moved.text).to.equal(200);
  await untilStatus(scene, order, status);
}

export async function untilStatus(scene: RestoreScene, order: Accepted, status: string): Promise<void> {
  await eventually(async () => expect((await stateOf(scene, order)).status).to.equal(status));
}

export async function stateOf(scene: RestoreScene, { order_id: id }: Pick<Accepted, 'order_id'>) {
  const sql = 'SELECT status, shipment_version FROM orders WHERE order_id = $1';
  const [row] = await rowsOf<{ status: string; shipment_version: number }>(ordersOf(scene), sql, [id]);
  return row!;
}

export async function shipmentOf({ carrier }: RestoreScene, { shipment_id: id }: Accepted) {
  return (await carrier.get(`/shipments/${id}`)).body;
}

/** The messages of a shipment. */
export async function logOf(
  { carrier }: RestoreScene,
  { shipment_id: id }: Accepted,
): Promise<Record<string, unknown>[]> {
  const { data } = (await carrier.get(`/shipments/${id}/events`)).body;
  return data.map(({ version, type, payload }: Record<string, object>) => ({ version, type, ...payload }));
}

export async function isHeld(scene: RestoreScene, { shipment_id: id }: Accepted): Promise<boolean> {
  const sql =
    'SELECT held_at IS NOT NULL AND next_step_at IS NULL AS held FROM shipments WHERE shipment_id = $1';
  return (await rowsOf<{ held: boolean }>(deliveriesOf(scene), sql, [id]))[0]!.held;
}

export async function findings({ operator }: RestoreScene): Promise<Record<string, unknown>[]> {
  const { data } = (await operator.get('/reconciliation')).body;
  for (const finding of data) {
    delete finding.first_seen_at;
    delete finding.last_seen_at;
  }
  return data;
}

export async function deadLetters({ operator }: RestoreScene): Promise<number> {
  const { data } = (await operator.get('/queues')).body;
  return data.reduce((sum: number, queue: { dead_letters: number }) => sum + queue.dead_letters, 0);
}

/** Starts a fast sweep like the command after a restore, without the interval of ten minutes between two fast sweeps. */
export async function sweepAnew(scene: RestoreScene): Promise<void> {
  await rowsOf(
    ordersOf(scene),
    `UPDATE reconciliation_sweeps SET position = 'ffffffff-ffff-ffff-ffff-ffffffffffff', is_fast = true, next_at = now()`,
  );
}
