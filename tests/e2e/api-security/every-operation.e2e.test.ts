import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { type ApiClient } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { operationsOf, type OpenApiDocument, type Operation } from '../../support/request-arbitrary';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const UUID = '0190a0a0-0000-7000-8000-00000000000a';
const PARAMETERS: Record<string, string> = {
  order_id: UUID,
  shipment_id: UUID,
  client_id: 'demo-client',
  name: ORDERS_QUEUE,
};

/** JSON values that are not objects. An absent body is tested elsewhere. */
const NO_OBJECTS = ['null', 'true', '0', '"text"', '[]', '[{}]', '[null]'];

const NOT_UTF8 = [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]];

/** Bodies of nearly 100 kB with as many faults as possible. */
const MANY_FAULTS = [
  JSON.stringify(Object.fromEntries([...Array(9_000)].map((_, n) => [`k${n}`, 1]))),
  JSON.stringify({ items: Array(30_000).fill({}), message_ids: Array(1_000).fill(1) }),
  JSON.stringify({ scopes: Array(900).fill('everything'), metadata: { ['x'.repeat(90_000)]: 1 } }),
  JSON.stringify({ ['\u0001'.repeat(16_000)]: 1 }),
  JSON.stringify(Object.fromEntries([...Array(900)].map((_, n) => ['😀'.repeat(20) + String(n), n]))),
];

const MAX_ANSWER_BYTES = 16 * 1024;

const operations = (['order', 'delivery'] as const).flatMap((service) => {
  const document = JSON.parse(
    readFileSync(`docs/openapi/${service}-service.json`, 'utf8'),
  ) as OpenApiDocument;
  return operationsOf(document).map((operation) => ({ ...operation, service }));
});

const typesOf = ({ requestBody }: Operation): string[] => Object.keys(requestBody?.content ?? {});

describe('API security: every operation', function () {
  this.timeout(60_000);
  let pair: ServicePair;
  let operator: ApiClient;
  const count = countCases('every operation');
  before(async () => {
    pair = await startServicePair();
    operator = await pair.client('demo-operator');
  });
  after(() => pair.stop());

  async function ask(
    operation: Operation & { service: string },
    type?: string,
    body?: string | Buffer,
    query = '',
  ) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => PARAMETERS[name] ?? UUID);
    const url = (operation.service === 'order' ? pair.orderUrl : pair.deliveryUrl) + path + query;
    const response = await fetch(url, {
      method: operation.method,
      headers: { Authorization: `Bearer ${operator.token}`, ...(type && { 'Content-Type': type }) },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    count();
    return { status: response.status, text };
  }

  const code = (text: string): string => {
    const { code: found, error } = JSON.parse(text) as { code?: string; error?: string };
    return found ?? error ?? '';
  };

  const withJson = operations.filter((operation) => typesOf(operation).includes('application/json'));
  const withBody = operations.filter((operation) => typesOf(operation).length > 0);
  const withQuery = operations.filter(({ parameters = [] }) => parameters.some((one) => one.in === 'query'));

  for (const operation of withJson)
    it(`given ${operation.operationId} (${operation.service}) with JSON that is not an object, then 400 without effect`, async () => {
      for (const body of NO_OBJECTS) {
        const { status, text } = await ask(operation, 'application/json', body);
        expect([status, code(text)], `${body}: ${text}`).to.satisfy(
          ([found, name]: [number, string]) =>
            found === 400 && /^(validation_failed|invalid_request)$/.test(name),
        );
      }
    });

  for (const operation of withBody)
    it(`given ${operation.operationId} (${operation.service}) with bytes that are not UTF-8, then 400 in every media type`, async () => {
      for (const type of typesOf(operation))
        for (const bytes of NOT_UTF8) {
          const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')]);
          const { status, text } = await ask(operation, type, body);
          expect([status, code(text)], `${type}: ${text}`).to.satisfy(
            ([found, name]: [number, string]) =>
              found === 400 && /^(malformed_json|invalid_request)$/.test(name),
          );
        }
    });

  for (const operation of withQuery)
    it(`given ${operation.operationId} (${operation.service}) with a query that is not UTF-8, then 400 names the parameter`, async () => {
      for (const name of operation.parameters!.filter((one) => one.in === 'query').map((one) => one.name)) {
        const { status, text } = await ask(operation, undefined, undefined, `?${name}=%FF`);
        expect([status, text.includes(`"path":"${name}"`)], text).to.deep.equal([400, true]);
      }
    });

  for (const operation of operations)
    it(`given ${operation.operationId} (${operation.service}) with as many faults as a request can hold, then the answer stays small`, async () => {
      const query = `?${'k=1&'.repeat(3_000)}${'x'.repeat(2_000)}=1`;
      const answers = [await ask(operation, undefined, undefined, query)];
      for (const type of typesOf(operation))
        for (const body of MANY_FAULTS) answers.push(await ask(operation, type, body));
      for (const { status, text } of answers.filter((answer) => answer.status >= 400)) {
        expect(status, text.slice(0, 500)).to.be.below(500);
        expect(Buffer.byteLength(text)).to.be.below(MAX_ANSWER_BYTES);
      }
    });
});
