import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import fc from 'fast-check';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../src/shared/contracts/queues';
import { type ApiClient, send } from '../support/api-client';
import { countCases } from '../support/count-cases';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import {
  operationsOf,
  requestArbitrary,
  type Meaning,
  type Operation,
  type OpenApiDocument,
} from '../support/request-arbitrary';
import { rowsOf } from '../support/rows';
import { SERVICE_OPERATIONS } from '../../scripts/contract/contracts';
import { orderServiceToken } from '../support/service-operations';
import { startServicePair, type ServicePair } from '../support/service-pair';
import { testQueues } from '../support/sqs-messages';

const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261);
/** 66 operations, so more than 3 900 requests. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);
const ORDERS = 100;
const ENDPOINTS = 20;
const PRODUCTS = 60;
const RESERVATIONS = 30;
/** Webhooks to it end at once: nothing listens there. */
const NOBODY = 'http://127.0.0.1:9/';

const documents = Object.fromEntries(
  (['order', 'delivery'] as const).map((service) => [
    service,
    JSON.parse(readFileSync(`docs/openapi/${service}-service.json`, 'utf8')) as OpenApiDocument,
  ]),
);

/** Operations that remove clients or end orders run after the operations that need them, those of a part before those of the whole. */
const endingsLast = (operations: Operation[]): Operation[] => {
  const isEnding = ({ operationId }: Operation): boolean => /^(cancel|drop|remove)/.test(operationId);
  const depth = ({ path }: Operation): number => path.split('/').length;
  return [
    ...operations.filter((one) => !isEnding(one)),
    ...operations.filter(isEnding).sort((a, b) => depth(b) - depth(a)),
  ];
};

const inOrder = (totals: Map<number, number>): string =>
  [...totals]
    .sort(([a], [b]) => a - b)
    .map(([status, times]) => `${status} ×${times}`)
    .join(', ');

/** Adds findings to accept. The reconciler does not run meanwhile, because it would remove findings of matching orders. */
const ADD_FINDINGS = `INSERT INTO reconciliation_findings (order_id, kind, next_check_at)
  SELECT order_id, 'different_way', 'infinity' FROM unnest($1::uuid[]) AS o (order_id)`;

const ADD_FAILED_MAILS = `INSERT INTO mails (mail_id, owner, kind, event_id, subject_id, recipient, content, status, created_at)
  SELECT gen_random_uuid(), 'demo-client', 'low_stock', gen_random_uuid(), gen_random_uuid(), 'ops@shop.example',
         '{"sku": "LAMP-1", "name": null, "available": 3, "threshold": 5}', 'failed', now()
    FROM generate_series(1, 50) RETURNING mail_id AS id`;

describe('API fuzz: every operation of both contracts', function () {
  this.timeout(120_000);
  let pair: ServicePair;
  let tokens: Record<string, string>;
  let meaning: Meaning;
  const totals = new Map<number, number>();
  const count = countCases(() => `fuzz (seed ${SEED}; by status: ${inOrder(totals)})`);

  before(async () => {
    const still = {
      SIMULATED_STEP_MS: '3600000',
      RECONCILE_AFTER_SECONDS: '86400',
      WEBHOOK_ENDPOINTS_PER_CLIENT: '200',
      MAIL_URL: 'smtp://127.0.0.1:9',
      MAIL_FROM: 'orders@system.example',
    };
    pair = await startServicePair({ variables: still });
    const [operator, shop] = [await pair.client('demo-operator'), await pair.client()];
    tokens = {
      operator: operator.token,
      shop: shop.token,
      service: orderServiceToken(),
      invalid: 'x.y.z',
    };
    const orders = await Promise.all(
      [...Array(ORDERS)].map(
        async (_, n) => (await shop.post('/orders', orderBody({ customer_id: `c${n}` }))).body.order_id,
      ),
    );
    const shipments = await eventually(async () => {
      const query = orders.map((id) => `order_id=${id}`).join('&');
      const { body } = await send(`${pair.deliveryUrl}/shipments?${query}`, 'GET', undefined, {
        Authorization: `Bearer ${operator.token}`,
      });
      expect(body.data).to.have.length(ORDERS);
      return body.data.map(({ shipment_id }: { shipment_id: string }) => shipment_id) as string[];
    });
    await rowsOf(pair.environment['ORDER_DATABASE_URL']!, ADD_FINDINGS, [orders]);
    const mails = await rowsOf<{ id: string }>(pair.environment['ORDER_DATABASE_URL']!, ADD_FAILED_MAILS);
    const clients = ['fuzz-1', 'fuzz-2', 'fuzz-3'];
    for (const id of clients)
      await operator.post('/clients', { client_id: id, name: id, scopes: ['order:read'] });
    const webhooks = await addWebhooks(operator);
    const products = await addProducts(operator);
    const reservations = await addReservations(operator);
    const queues = testQueues(pair.environment);
    for (const group of ['a', 'b', 'c']) await queues.send(ORDERS_QUEUE, group, 'poison');
    queues.client.destroy();
    meaning = {
      values: {
        order_id: orders,
        shipment_id: shipments,
        client_id: ['demo-client', ...clients],
        ...webhooks,
        ...products,
        notification_id: mails.map(({ id }) => id),
        recipients: [['ops@shop.example']],
        ...reservations,
        url: [NOBODY],
        client_secret: ['demo-secret'],
        token: [(await pair.client('demo-other')).token],
        status: ['SHIPPED', 'CANCELLED'],
        scope: ['order:read'],
        name: [ORDERS_QUEUE, DELIVERY_STATUS_QUEUE],
        currency: ['USD'],
        wait: ['0'],
        'Sec-WebSocket-Protocol': ['orders.v1'],
        'If-Match': ['*', '"1"', '"2"'],
        'If-None-Match': ['*', '"1"', 'W/"1", "2"'],
        'Idempotency-Key': ['k1', '"k2"', 'k3'],
      },
      callers: [...Array<string>(7).fill('operator'), 'shop', 'shop', 'invalid', undefined],
    };
  });
  after(() => pair.stop());

  const meaningFor = ({ operationId }: Operation): Meaning =>
    SERVICE_OPERATIONS.includes(operationId)
      ? { ...meaning, callers: [...meaning.callers, ...Array<string>(20).fill('service')] }
      : meaning;

  for (const [service, document] of Object.entries(documents)) {
    for (const operation of endingsLast(operationsOf(document))) {
      it(`given ${RUNS} requests for ${service} ${operation.operationId}, then every answer conforms to the contract, and some succeed`, async () => {
        const base = service === 'order' ? pair.orderUrl : pair.deliveryUrl;
        const answers = new Set<number>();
        await fc.assert(
          fc.asyncProperty(requestArbitrary(document, operation, meaningFor(operation)), async (request) => {
            const { status, text } = await send(base + request.path, request.method, request.body, {
              ...(request.as && { Authorization: `Bearer ${tokens[request.as]}` }),
              ...request.headers,
            });
            expect(status, text).to.be.below(500);
            answers.add(status);
            totals.set(status, (totals.get(status) ?? 0) + 1);
            count();
          }),
          { seed: SEED, numRuns: RUNS },
        );
        // 426: all parts of a request for a WebSocket were accepted, except that these requests cannot ask for one.
        expect([...answers], 'statuses').to.satisfy((statuses: number[]) =>
          statuses.some((one) => one < 400 || one === 426),
        );
      });
    }
  }
});

/** Names of products in paths; the first ones are named often, because each can be removed once. */
async function addProducts(operator: ApiClient): Promise<Record<string, string[]>> {
  const names = await Promise.all(
    [...Array(PRODUCTS)].map(async (_, n) => {
      const { body } = await operator.post('/products', { sku: `p${n}`, name: `Product ${n}`, price: 1 });
      return n % 2 === 0 ? (body.product_id as string) : `sku:p${n}`;
    }),
  );
  await Promise.all(
    names.map((name) =>
      operator.put(`/products/${name}/stock`, { on_hand: 1_000_000, low_stock_threshold: 0 }),
    ),
  );
  return { product: names, category: ['home/lighting', 'home'], owner: ['demo-operator'] };
}

/** The ids of reservations, of which each can be released once, and the code of a product that they hold. */
async function addReservations(operator: ApiClient): Promise<Record<string, string[]>> {
  const { body: kept } = await operator.post('/products', { sku: 'kept', name: 'Kept', price: 1 });
  await operator.put(`/products/${kept.product_id}/stock`, { on_hand: 1_000_000 });
  const items = [{ product_id: 'kept', quantity: 1 }];
  const ids = await Promise.all(
    [...Array(RESERVATIONS)].map(
      async () => (await operator.post('/reservations', { items })).body.reservation_id as string,
    ),
  );
  return { reservation_id: ids, product_id: ['kept'] };
}

/** The ids of webhook endpoints, of an event that waits for each of them, and of a replay of the first, which is named often; and a time range. */
async function addWebhooks(operator: ApiClient): Promise<Record<string, string[]>> {
  const endpoints = await Promise.all(
    [...Array(ENDPOINTS)].map(
      async () => (await operator.post('/webhooks', { url: NOBODY })).body.endpoint_id as string,
    ),
  );
  const [first = ''] = endpoints;
  await operator.post('/orders', orderBody({ customer_id: 'webhooks' }));
  const eventId = await eventually(async () => {
    const { body } = await operator.get(`/webhooks/${first}/deliveries`);
    return (body.data as [{ event_id: string }])[0].event_id;
  });
  const from = new Date(Date.now() - 60_000).toISOString();
  const replay = await operator.post(`/webhooks/${first}/replay`, { from });
  return {
    endpoint_id: [...endpoints, ...endpoints.slice(0, 8).map(() => first)],
    event_id: [eventId],
    replay_id: [replay.body.replay_id as string],
    from: [from],
    to: [new Date(Date.now() - 1_000).toISOString()],
  };
}
