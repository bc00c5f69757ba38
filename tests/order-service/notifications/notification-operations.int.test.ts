import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type ApiClient, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { type MailServer, startMailServer } from '../../support/mail-server';
import { writeLowStock } from '../../support/mail-scene';
import { openDatabase } from '../../support/open-database';
import { type ServicePair, startServicePair } from '../../support/service-pair';

const SETTINGS = '/notifications/settings';
const OPS = 'ops@shop.example';

/** Each would end a header, add a recipient, or is no address. */
const INJECTIONS = [
  'ops@shop.example\r\nBcc: all@shop.example',
  'ops@shop.example\nSubject: x',
  'ops@shop.example,all@shop.example',
  'ops@shop.example, all@shop.example',
  'Ops <ops@shop.example>',
  '<ops@shop.example>',
  '"a\r\nRCPT TO:<all@shop.example>"@shop.example',
  'ops@shop.example\u0000',
  'ops@shop.example\u2028X: y',
  ' ops@shop.example',
  'ops@shop.example ',
  'ops@[127.0.0.1]',
  'ops@localhost',
  'ops',
  '@shop.example',
  'a..b@shop.example',
  'ops@-shop.example',
  `${'a'.repeat(65)}@shop.example`,
  `a@${'b.'.repeat(130)}example`,
  'öps@shop.example',
  5,
  null,
];

describe('the operations on notifications', () => {
  let pair: ServicePair;
  let server: MailServer;
  let db: ServiceDatabase;
  let [shop, other, operator] = [] as unknown as [ApiClient, ApiClient, ApiClient];
  before(async () => {
    server = await startMailServer();
    pair = await startServicePair({
      variables: { MAIL_URL: server.url, MAIL_FROM: 'Orders <orders@system.example>' },
    });
    db = openDatabase(pair.environment['ORDER_DATABASE_URL']!);
    [shop, other, operator] = await Promise.all([
      pair.client('demo-client'),
      pair.client('demo-other'),
      pair.client('demo-operator'),
    ]);
  });
  after(async () => {
    await pair.stop();
    await server.stop();
    await db.stop();
  });

  const settings = (recipients: unknown, enabled: unknown = true) => ({ low_stock: { enabled, recipients } });

  describe('settings', () => {
    it('given a client that has changed nothing, then it gets no notifications', async () => {
      const answer = await other.get(SETTINGS);
      expect([answer.status, answer.headers.get('etag')]).to.deep.equal([200, '"1"']);
      expect(answer.body).to.deep.equal({
        low_stock: { enabled: false, recipients: [] },
        version: 1,
        updated_at: null,
      });
    });

    it('given a change, then the version grows; given the same settings again, then it does not', async () => {
      const changed = await shop.put(
        SETTINGS,
        settings(['Ops@Shop.Example', 'Ops@shop.example', 'b@shop.example']),
      );
      expect([changed.status, changed.headers.get('etag')]).to.deep.equal([200, '"2"']);
      expect(changed.body.low_stock).to.deep.equal({
        enabled: true,
        recipients: ['Ops@shop.example', 'b@shop.example'],
      });
      const again = await shop.put(SETTINGS, settings(['Ops@shop.example', 'b@shop.example']));
      expect(again.body).to.deep.equal(changed.body);
      expect((await shop.get(SETTINGS)).body).to.deep.equal(changed.body);
      expect((await other.get(SETTINGS)).body.version).to.equal(1);
    });

    it('given If-Match, then another version is refused with 412, and nothing is changed', async () => {
      const { version } = (await shop.get(SETTINGS)).body;
      const refused = await shop.put(SETTINGS, settings([OPS]), { 'If-Match': `"${version + 1}"` });
      expect([refused.status, refused.body.code, refused.body.current_version]).to.deep.equal([
        412,
        'precondition_failed',
        version,
      ]);
      const first = await other.put(SETTINGS, settings([], false), { 'If-Match': '"2"' });
      expect(first.status).to.equal(412);
      expect((await other.put(SETTINGS, settings([], true), { 'If-Match': '"1"' })).body.version).to.equal(2);
      expect((await shop.put(SETTINGS, settings([OPS]), { 'If-Match': `"${version}"` })).status).to.equal(
        200,
      );
    });

    it('given If-None-Match with the version, then the answer is 304', async () => {
      const etag = (await shop.get(SETTINGS)).headers.get('etag')!;
      const answer = await shop.get(SETTINGS, { 'If-None-Match': etag });
      expect([answer.status, answer.text, answer.headers.get('etag')]).to.deep.equal([304, '', etag]);
    });

    it('given two first changes at once with If-Match, then one of them is refused', async () => {
      const put = (address: string) => operator.put(SETTINGS, settings([address]), { 'If-Match': '"1"' });
      const answers = await Promise.all([put('a@shop.example'), put('b@shop.example')]);
      expect(answers.map(({ status }) => status).toSorted()).to.deep.equal([200, 412]);
    });

    it('given a text that could be taken for more than one address, then it is refused and named', async () => {
      const { version } = (await shop.get(SETTINGS)).body;
      for (const injection of INJECTIONS) {
        const answer = await shop.put(SETTINGS, settings(['a@shop.example', injection]));
        expect([answer.status, answer.body.code], JSON.stringify(injection)).to.deep.equal([
          400,
          'validation_failed',
        ]);
        expect(answer.body.errors[0].path).to.equal('low_stock.recipients[1]');
      }
      expect((await shop.get(SETTINGS)).body.version).to.equal(version);
    });

    it('given more than ten recipients, unknown or missing members, then they are refused', async () => {
      const many = Array.from({ length: 11 }, (_, n) => `ops${n}@shop.example`);
      for (const body of [
        settings(many),
        settings([OPS], 'yes'),
        { low_stock: { enabled: true } },
        {},
        { low_stock: null },
      ])
        expect((await shop.put(SETTINGS, body)).status, JSON.stringify(body)).to.equal(400);
      const { body } = await shop.put(SETTINGS, { ...settings([OPS]), version: 3 });
      expect(body.errors).to.deep.equal([{ path: 'version', message: 'is not a known member' }]);
      expect((await shop.put(SETTINGS, settings(many.slice(1)))).status).to.equal(200);
    });
  });

  describe('notifications', () => {
    const list = (as: ApiClient, query = '') => as.get(`/notifications${query}`);

    /** Writes an event, and waits for its notification. */
    async function notified(owner: string, status: string) {
      const [eventId] = await writeLowStock(db, [{ owner }]);
      return eventually(async () => {
        const { body } = await list(operator, '?limit=100');
        const found = body.data.find((one: { event_id: string }) => one.event_id === eventId);
        expect(found?.status).to.equal(status);
        return found;
      });
    }

    before(async () => {
      await shop.put(SETTINGS, settings([OPS]));
      await other.put(SETTINGS, settings(['ops@other.example']));
    });

    it('given a sent mail, then only its owner and operators see it, and it cannot be retried', async () => {
      const mail = await notified('demo-client', 'sent');
      expect(mail).to.include({
        client_id: 'demo-client',
        kind: 'low_stock',
        recipient: OPS,
        subject: 'Low stock: LAMP-1: 3 available, threshold 5',
        attempts: 1,
        next_attempt_at: null,
        last_error: null,
      });
      expect((await list(shop)).body.data[0]).to.deep.equal(mail);
      expect((await list(other)).body.data).to.deep.equal([]);
      const retried = await shop.post(`/notifications/${mail.notification_id}/retry`);
      expect([retried.status, retried.body.code]).to.deep.equal([409, 'notification_not_failed']);
    });

    it('given a refused mail, then it shows the answer of the server; a retry sends it under the same Message-ID', async () => {
      server.answer(OPS, () => ({ recipient: 550 }));
      const mail = await notified('demo-client', 'failed');
      expect(mail.last_error).to.equal('the mail server answered: 550 refused by the test');
      expect((await list(shop, '?status=failed')).body.data).to.deep.equal([mail]);
      expect((await other.post(`/notifications/${mail.notification_id}/retry`)).status).to.equal(404);
      server.answer(OPS, () => ({}));
      const retried = await shop.post(`/notifications/${mail.notification_id}/retry`);
      expect([retried.status, retried.body.status]).to.deep.equal([202, 'pending']);
      await eventually(async () => {
        const { body } = await list(shop, '?status=sent&limit=1');
        expect(body.data[0]).to.include({
          notification_id: mail.notification_id,
          attempts: 2,
          last_error: null,
        });
      });
      expect(server.received.at(-1)?.headers['message-id']).to.deep.equal([
        `<${mail.notification_id}@system.example>`,
      ]);
    });

    it('given an unknown or malformed id, then the answer is 404', async () => {
      for (const id of [uuidv7(), 'x']) {
        const answer = await shop.post(`/notifications/${id}/retry`);
        expect([answer.status, answer.body.code]).to.deep.equal([404, 'notification_not_found']);
      }
    });

    it('given pages, then each notification is on one of them, newest first', async () => {
      for (let count = 0; count < 3; count += 1) await notified('demo-other', 'sent');
      const all = (await list(other)).body.data as { notification_id: string }[];
      const ids = all.map(({ notification_id: id }) => id);
      expect(ids).to.have.length(3).and.to.deep.equal(ids.toSorted().reverse());
      const pages: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body } = await list(other, `?limit=2${cursor && `&cursor=${cursor}`}`);
        pages.push(...body.data.map((one: { notification_id: string }) => one.notification_id));
        cursor = body.next_cursor as string | null;
      }
      expect(pages).to.deep.equal(ids);
      expect((await list(other, '?cursor=x')).body.code).to.equal('invalid_cursor');
    });

    it('given a mail server that accepts mails, then /health names it, and it is up', async () => {
      const { body } = await send(`${pair.orderUrl}/health`, 'GET');
      expect(body.components.mail).to.deep.equal({ status: 'up' });
    });
  });
});
