import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { send, type ApiResponse } from '../support/api-client';
import { ACCEPTED_TIMES, REFUSED_TIMES } from '../support/edge-times';
import { eventually } from '../support/eventually';
import { orderBody } from '../support/factories';
import {
  operationsOf,
  type OpenApiDocument,
  type Operation,
  type OperationObject,
} from '../support/request-arbitrary';
import { rowsOf } from '../support/rows';
import { type JsonSchema } from '../support/schema-arbitrary';
import { SERVICE_OPERATIONS } from '../../scripts/contract/contracts';
import { orderServiceToken } from '../support/service-operations';
import { startServicePair, type ServicePair } from '../support/service-pair';

const SERVICES = ['order-service', 'delivery-service'] as const;
type ServiceName = (typeof SERVICES)[number];

const documents = SERVICES.map((service) => ({
  service,
  document: JSON.parse(readFileSync(`docs/openapi/${service}.json`, 'utf8')) as OpenApiDocument,
}));

/** Well-formed values of path parameters, so that query and body are validated. */
const PATH_VALUES: Record<string, string> = { client_id: 'demo-client', name: 'orders-queue.fifo' };
const SOME_ID = '0190a0a0-0000-7000-8000-000000000001';

const pathOf = ({ path }: Operation): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => PATH_VALUES[name] ?? SOME_ID);

interface Place {
  service: ServiceName;
  operation: Operation;
  name: string;
  schema: JsonSchema;
}

/** Every query parameter of both contracts that matches `fits`. */
const queryPlaces = (fits: (schema: JsonSchema) => boolean): Place[] =>
  documents.flatMap(({ service, document }) =>
    operationsOf(document).flatMap((operation) =>
      (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'query' && fits(parameter.schema))
        .map(({ name, schema }) => ({ service, operation, name, schema })),
    ),
  );

interface JsonContent {
  schema: JsonSchema;
  example: Record<string, unknown>;
}

/** Every member of a JSON body of both contracts that is a time. */
const timeMembers = documents.flatMap(({ service, document }) =>
  operationsOf(document).flatMap((operation) => {
    const content = contentOf(operation);
    if (!content) return [];
    const { $ref } = content.schema;
    const schema = $ref ? document.components.schemas[$ref.split('/').at(-1)!]! : content.schema;
    return Object.entries(schema.properties ?? {})
      .filter(([, member]) => member.format === 'date-time')
      .map(([name]) => ({ service, operation, name, body: content.example }));
  }),
);

function contentOf({ requestBody }: OperationObject): JsonContent | undefined {
  return requestBody?.content['application/json'] as JsonContent | undefined;
}

const titleOf = ({ operation, name }: Pick<Place, 'operation' | 'name'>): string =>
  `${operation.operationId} ${name}`;

describe('the limits of the values that the APIs accept', () => {
  let pair: ServicePair;
  let token: string;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '3600000' } });
    ({ token } = await pair.client('demo-operator'));
  });
  after(() => pair.stop());

  const ask = ({ service, operation }: Pick<Place, 'service' | 'operation'>, query: string, body?: unknown) =>
    send(
      `${service === 'order-service' ? pair.orderUrl : pair.deliveryUrl}${pathOf(operation)}${query}`,
      operation.method,
      body,
      { Authorization: `Bearer ${isOfService(operation) ? orderServiceToken() : token}` },
    );

  const isOfService = ({ operationId }: Operation): boolean => SERVICE_OPERATIONS.includes(operationId);

  const faultyPaths = ({ status, body }: ApiResponse): [number, string[]] => [
    status,
    (body.errors ?? []).map((error: { path: string }) => error.path),
  ];

  it('given every integer parameter, then only its decimal form within its range is accepted', async () => {
    const places = queryPlaces(({ type }) => type === 'integer');
    expect(places.map(titleOf)).to.include.members(['listOrders limit', 'listShipmentEvents after']);
    for (const place of places) {
      const { minimum = NaN, maximum = NaN } = place.schema;
      const wrong = ['0x2', '1e1', '5.0', '%205', '+5', '%2B5', '', '٣', '05', `5&${place.name}=5`];
      const outside = [String(minimum - 1), String(maximum + 1), '9'.repeat(30), '2147483648', '-1'];
      for (const value of [...wrong, ...outside]) {
        const answer = await ask(place, `?${place.name}=${value}`);
        expect(faultyPaths(answer), `${titleOf(place)}=${value}`).to.deep.equal([400, [place.name]]);
      }
      for (const value of [minimum, maximum])
        expect((await ask(place, `?${place.name}=${value}`)).status, titleOf(place)).to.be.oneOf([200, 404]);
    }
  });

  it('given every parameter that is a time, then a year outside of 1 to 9999 UTC is 400, and both limits are accepted', async () => {
    const places = queryPlaces(({ format }) => format === 'date-time');
    expect(places.map(titleOf)).to.include.members(['listOrders created_from', 'exportOrders updated_to']);
    for (const place of places) {
      for (const value of REFUSED_TIMES) {
        const answer = await ask(place, `?${place.name}=${encodeURIComponent(value)}`);
        const [status, paths] = faultyPaths(answer);
        expect([status, [...new Set(paths)]], `${titleOf(place)}=${value}`).to.deep.equal([
          400,
          [place.name],
        ]);
      }
      for (const [value] of ACCEPTED_TIMES) {
        const answer = await ask(place, `?${place.name}=${encodeURIComponent(value)}`);
        expect(answer.status, `${titleOf(place)}=${value}`).to.equal(200);
      }
    }
  });

  it('given every member of a body that is a time, then 400 names it for a year outside of 1 to 9999 UTC', async () => {
    expect(timeMembers.map(titleOf)).to.have.members([
      'placeOrder client_timestamp',
      'changeOrderStatus estimated_delivery',
      'changeOrderShipping estimated_delivery',
      'replayWebhookEvents from',
      'replayWebhookEvents to',
      'changeShipmentStatus estimated_delivery',
      'changeShipmentShipping estimated_delivery',
    ]);
    for (const place of timeMembers) {
      for (const value of REFUSED_TIMES) {
        const answer = await ask(place, '', { ...place.body, [place.name]: value });
        const [status, paths] = faultyPaths(answer);
        expect([status, [...new Set(paths)]], `${titleOf(place)}=${value}`).to.deep.equal([
          400,
          [place.name],
        ]);
      }
    }
  });

  it('given the first and the last day of the range, then order and shipment show the same instant', async () => {
    const shop = await pair.client();
    const operator = await pair.client('demo-operator');
    const { order_id: orderId } = (await shop.post('/orders', orderBody())).body;
    await eventually(async () =>
      expect((await shop.get(`/orders/${orderId}/shipment`)).status).to.equal(200),
    );
    for (const [text, instant] of ACCEPTED_TIMES) {
      const shipping = { carrier: 'post', tracking_number: 'P-1', estimated_delivery: text };
      const changed = await operator.put(`/orders/${orderId}/shipping`, shipping);
      expect([changed.status, changed.body.shipping?.estimated_delivery], text).to.deep.equal([200, instant]);
      const shipment = await shop.get(`/orders/${orderId}/shipment`);
      expect(shipment.body.estimated_delivery).to.equal(instant);
    }
  });

  it('given a number that a double cannot hold exactly, then 400 names it in a single order and in a line of a bulk', async () => {
    const shop = await pair.client();
    const json = (price: string, currency: string) =>
      JSON.stringify({
        ...orderBody({ currency }),
        items: [{ product_id: 'p', quantity: 1, unit_price: 0 }],
      }).replace(':0}', `:${price}}`);
    for (const [price, currency] of [
      ['80000000000000.01', 'USD'],
      ['9007199254740990.4', 'JPY'],
      ['8796093022208.001', 'KWD'],
      ['19.990000000000000000001', 'USD'],
    ] as const) {
      const single = await shop.post('/orders', json(price, currency), {
        'Content-Type': 'application/json',
      });
      expect(faultyPaths(single), price).to.deep.equal([400, ['items[0].unit_price']]);
      const bulk = await shop.post('/orders/bulk', json(price, currency), {
        'Content-Type': 'application/x-ndjson',
      });
      const line = JSON.parse(bulk.text) as { status: number; problem: { errors: { path: string }[] } };
      expect([line.status, line.problem.errors[0]!.path], price).to.deep.equal([400, 'items[0].unit_price']);
    }
  });

  it('given the largest exact amounts of each class, then database, order and shipment store them exactly', async () => {
    const shop = await pair.client();
    for (const [price, currency, minor] of [
      ['9007199254740991', 'JPY', '9007199254740991'],
      ['70368744177663.99', 'USD', '7036874417766399'],
      ['8796093022207.999', 'KWD', '8796093022207999'],
    ] as const) {
      const body = JSON.stringify({
        ...orderBody({ currency }),
        items: [{ product_id: 'p', quantity: 1, unit_price: 0 }],
      }).replace(':0}', `:${price}}`);
      const answer = await shop.post('/orders', body, { 'Content-Type': 'application/json' });
      expect(answer.status, answer.text).to.equal(201);
      expect(answer.text).to.contain(`"unit_price":${price}`).and.to.contain(`"total_amount":${price}`);
      const orderId = answer.body.order_id as string;
      const sql = `SELECT total_minor, (SELECT unit_price_minor FROM order_items i WHERE i.order_id = o.order_id) AS price FROM orders o WHERE order_id = $1`;
      expect(await rowsOf(pair.environment['ORDER_DATABASE_URL']!, sql, [orderId])).to.deep.equal([
        { total_minor: minor, price: minor },
      ]);
      await eventually(async () => {
        const items = `SELECT items->0->>'unit_price' AS price FROM shipments WHERE order_id = $1`;
        expect(await rowsOf(pair.environment['DELIVERY_DATABASE_URL']!, items, [orderId])).to.deep.equal([
          { price },
        ]);
      });
    }
  });
});
