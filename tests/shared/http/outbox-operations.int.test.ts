import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { encodeCursor } from '../../../src/shared/postgres/keyset-page';
import { type ApiClient, type ApiResponse, bearerClient, send } from '../../support/api-client';
import { bearer } from '../../support/oauth';
import { eventually } from '../../support/eventually';
import { addRefusedEvents } from '../../support/refused-events';
import { countRows, rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const REFUSED = '/outbox/refused';
const RETRY = '/outbox/refused/retry';
const DATABASES = { order: 'ORDER_DATABASE_URL', delivery: 'DELIVERY_DATABASE_URL' } as const;

describe('the operations on refused events', () => {
  let pair: ServicePair;
  let tokens: Record<'shop' | 'operator', string>;
  before(async () => {
    pair = await startServicePair();
    const [shop, operator] = await Promise.all([pair.client(), pair.client('demo-operator')]);
    tokens = { shop: shop.token, operator: operator.token };
  });
  after(() => pair.stop());

  for (const service of ['order', 'delivery'] as const) {
    describe(`of the ${service} service`, () => {
      let baseUrl: string;
      let database: string;
      let operator: ApiClient;
      before(() => {
        baseUrl = service === 'order' ? pair.orderUrl : pair.deliveryUrl;
        database = pair.environment[DATABASES[service]]!;
        operator = bearerClient(baseUrl, tokens.operator);
      });
      afterEach(() => rowsOf(database, 'TRUNCATE outbox, events, dropped_events'));

      const drop = (query: string, token = tokens.operator): Promise<ApiResponse> =>
        send(`${baseUrl}${REFUSED}?${query}`, 'DELETE', undefined, bearer(token));
      const left = () => countRows(database, 'outbox', 'attempts > 0');
      const pathsOf = ({ status, body }: ApiResponse) => [
        status,
        body.code,
        (body.errors as { path: string }[]).map(({ path }) => path),
      ];

      it('given a client without ops:manage, then every operation is forbidden and nothing changes', async () => {
        await addRefusedEvents(database, 1);
        const shop = bearerClient(baseUrl, tokens.shop);
        const answers = [
          await shop.get(REFUSED),
          await shop.post(RETRY, {}),
          await drop('all=true', tokens.shop),
        ];
        expect(answers.map(({ status, body }) => [status, body.code])).to.deep.equal(
          Array(3).fill([403, 'insufficient_scope']),
        );
        expect(await left()).to.equal(1);
      });

      it('given wrong input, then 400 names the member and nothing changes', async () => {
        await addRefusedEvents(database, 1);
        const id = randomUUID();
        for (const [answer, path] of [
          [await operator.post(RETRY, { event_ids: [] }), 'event_ids'],
          [await operator.post(RETRY, { event_ids: [id, 'x'] }), 'event_ids[1]'],
          [await operator.post(RETRY, { event_ids: Array(1_001).fill(id) }), 'event_ids'],
          [await operator.post(RETRY, { all: true }), 'all'],
          [await drop(''), 'all'],
          [await drop('all=false'), 'all'],
          [await drop(`all=true&event_id=${id}`), 'all'],
          [await drop('event_id=x'), 'event_id[0]'],
          [await drop(Array(101).fill(`event_id=${id}`).join('&')), 'event_id'],
          [await operator.get(`${REFUSED}?limit=101`), 'limit'],
          [await operator.get(`${REFUSED}?queue=x`), 'queue'],
        ] as const)
          expect(pathsOf(answer)).to.deep.equal([400, 'validation_failed', [path]]);
        expect(await left()).to.equal(1);
      });

      it('given a cursor of another list, then it is refused', async () => {
        for (const cursor of [
          'x',
          encodeCursor(['a', 1]),
          encodeCursor('1; --'),
          encodeCursor('9'.repeat(19)),
        ])
          expect(pathsOf(await operator.get(`${REFUSED}?cursor=${cursor}`))).to.deep.equal([
            400,
            'invalid_cursor',
            ['cursor'],
          ]);
      });

      it('given refused events, then pages list each once, oldest first', async () => {
        const ids = await addRefusedEvents(database, 5);
        const found: string[] = [];
        let query = '?limit=2';
        for (let page = 1; page <= 3; page += 1) {
          const { body } = await operator.get(`${REFUSED}${query}`);
          found.push(...(body.data as { event_id: string }[]).map(({ event_id: id }) => id));
          query = `?limit=2&cursor=${body.next_cursor}`;
          expect(body.next_cursor === null, `page ${page}`).to.equal(page === 3);
        }
        expect(found).to.deep.equal(ids);
        const { body } = await operator.get(`${REFUSED}?limit=1`);
        expect(body.data[0]).to.deep.include({
          attempts: 3,
          last_error: 'InvalidMessageContents: refused',
          queue: ORDERS_QUEUE,
          held_events: 0,
        });
      });

      it('given ids in either case, twice and unknown, then the answer counts what was dropped and skipped, and dropped_by is the client', async () => {
        const [first = '', second = ''] = await addRefusedEvents(database, 3);
        const query = [first.toUpperCase(), first, second, randomUUID()]
          .map((id) => `event_id=${id}`)
          .join('&');
        expect((await drop(query)).body).to.deep.equal({ dropped: 2, skipped: 1 });
        expect((await drop('all=true')).body).to.deep.equal({ dropped: 1, skipped: 0 });
        expect((await drop('all=true')).body).to.deep.equal({ dropped: 0, skipped: 0 });
        expect(await countRows(database, 'dropped_events', "dropped_by = 'demo-operator'")).to.equal(3);
      });

      it('given a retry of one, then it is sent and the other stays', async () => {
        const [first = '', second = ''] = await addRefusedEvents(database, 2);
        const { body } = await operator.post(RETRY, { event_ids: [first, randomUUID()] });
        expect(body).to.deep.equal({ retried: 1, skipped: 1 });
        await (service === 'order' ? pair.orders : pair.delivery).relay.runOnce();
        // The relay that the retry has woken may be sending the event at this moment.
        await eventually(async () => {
          const { data } = (await operator.get(REFUSED)).body as { data: { event_id: string }[] };
          expect(data.map(({ event_id: id }) => id)).to.deep.equal([second]);
        });
      });
    });
  }
});
