import { expect } from 'chai';
import sinon from 'sinon';
import { createLogger } from '../../../src/shared/observability/logger';
import { PAGE_POSITIONS } from '../../../src/order-service/notifications/use-cases/queue-low-stock-mails';
import { mailScene, type MailScene } from '../../support/mail-scene';

describe('mails about low stock', () => {
  let scene: MailScene;
  beforeEach(async () => (scene = await mailScene()));
  afterEach(() => scene.stop());

  const written = async () =>
    (await scene.mails()).map(({ event_id, recipient }) => `${event_id} ${recipient}`);

  it('given two recipients, then each event has one mail for each of them', async () => {
    await scene.notify(['a@shop.example', 'b@shop.example']);
    const [first, second] = await scene.lowStock({ sku: 'A' }, { sku: 'B' });
    await scene.read(scene.reader());
    expect(await written()).to.have.members(
      [first, second].flatMap((id) => [`${id} a@shop.example`, `${id} b@shop.example`]),
    );
    const [mail] = await scene.mails();
    expect(mail).to.include({ owner: 'shop', status: 'pending', attempt: 0 });
  });

  it('given settings that are off, or without recipients, or none, then nothing is written, also after a later change', async () => {
    await scene.notify(['a@shop.example'], { isEnabled: false });
    await scene.notify([], { owner: 'other' });
    await scene.lowStock({}, { owner: 'other' }, { owner: 'third' });
    const reader = scene.reader();
    await scene.read(reader);
    await scene.notify(['a@shop.example']);
    await scene.read(reader);
    expect(await scene.mails()).to.deep.equal([]);
  });

  it('given the event of another owner, then only its own recipients get a mail', async () => {
    await scene.notify(['a@shop.example']);
    await scene.notify(['b@other.example'], { owner: 'other' });
    const [event] = await scene.lowStock({ owner: 'other' });
    await scene.read(scene.reader());
    expect(await written()).to.deep.equal([`${event} b@other.example`]);
  });

  it('given four readers at once and more than a page of events, then each event has one mail', async () => {
    await scene.notify(['a@shop.example']);
    const events = await scene.lowStock(...Array.from({ length: PAGE_POSITIONS + 50 }, () => ({})));
    await Promise.all([1, 2, 3, 4].map(() => scene.read(scene.reader())));
    await scene.read(scene.reader());
    expect(await written()).to.have.members(events.map((id) => `${id} a@shop.example`));
  });

  it('given a cursor of an earlier time, then mails that exist are not written again', async () => {
    await scene.notify(['a@shop.example']);
    const [event] = await scene.lowStock({});
    const before = await scene.rows<{ position: string; proof: string }>('SELECT * FROM notification_cursor');
    await scene.read(scene.reader());
    await scene.rows('UPDATE notification_cursor SET position = $1, proof = $2', [
      before[0]?.position,
      before[0]?.proof,
    ]);
    await scene.read(scene.reader());
    expect(await written()).to.deep.equal([`${event} a@shop.example`]);
  });

  it('given events that were removed before they were read, then this is logged once, and later ones are notified', async () => {
    await scene.notify(['a@shop.example']);
    await scene.lowStock({ sku: 'REMOVED' }, { sku: 'LAST-REMOVED' }, { sku: 'KEPT' });
    await scene.rows('DELETE FROM event_feed WHERE position < 2');
    const logger = createLogger({ service: 'test', level: 'error', silent: true });
    const error = sinon.spy(logger, 'error');
    const reader = scene.reader({ logger });
    await scene.read(reader);
    await scene.read(reader);
    expect((await scene.mails()).map(({ content }) => content.sku)).to.deep.equal(['KEPT']);
    expect(error.callCount).to.equal(1);
    expect(error.firstCall.args).to.deep.equal([
      'events were removed before they were read for notifications',
      { reason: 'pruned' },
    ]);
  });

  it('given an event that the feed has and the log has lost, then this is logged, and the others are notified', async () => {
    await scene.notify(['a@shop.example']);
    const [lost, kept] = await scene.lowStock({}, {});
    await scene.rows('DELETE FROM events WHERE event_id = $1', [lost]);
    const logger = createLogger({ service: 'test', level: 'error', silent: true });
    const error = sinon.spy(logger, 'error');
    await scene.read(scene.reader({ logger }));
    expect(await written()).to.deep.equal([`${kept} a@shop.example`]);
    expect(error.firstCall.args[1]).to.deep.equal({ reason: 'pruned' });
  });

  it('given an event of an unknown form, then it is logged and skipped', async () => {
    await scene.notify(['a@shop.example']);
    const [faulty, good] = await scene.lowStock({ payload: { stock: { sku: 5 } } }, {});
    const logger = createLogger({ service: 'test', level: 'error', silent: true });
    const error = sinon.spy(logger, 'error');
    await scene.read(scene.reader({ logger }));
    expect(await written()).to.deep.equal([`${good} a@shop.example`]);
    expect(error.firstCall.args[1]).to.deep.equal({ event_id: faulty });
  });

  it('given products with names, then the mail names its product; an unknown one has its SKU only', async () => {
    await scene.notify(['a@shop.example']);
    await scene.lowStock({ sku: 'LAMP-1' }, { sku: 'GONE' });
    const findProducts = sinon.fake.resolves(new Map([['LAMP-1', { name: 'Desk lamp' }]]));
    await scene.read(scene.reader({ findProducts }));
    expect((await scene.mails()).map(({ content }) => content.name)).to.deep.equal(['Desk lamp', null]);
    expect(findProducts.args).to.deep.equal([['shop', ['LAMP-1', 'GONE']]]);
  });

  it('given no mail server, then the mails are kept as not sent, and no instance takes them', async () => {
    await scene.notify(['a@shop.example']);
    await scene.lowStock({});
    await scene.read(scene.reader({ isSent: false }));
    await scene.deliver(scene.instance());
    const [mail] = await scene.mails();
    expect(mail).to.include({ status: 'not_sent', attempt: 0 });
    expect(scene.server.attempts).to.deep.equal([]);
  });

  it('given many events of other kinds, then the cursor passes them', async () => {
    await scene.notify(['a@shop.example']);
    await scene.db.query(
      `INSERT INTO events (event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at)
       SELECT gen_random_uuid(), 'order', gen_random_uuid(), 'shop', 1, 'ORDER_CREATED', '{}', 'a', 'c', 't', now()
         FROM generate_series(1, ${PAGE_POSITIONS})`,
    );
    const [event] = await scene.lowStock({});
    await scene.read(scene.reader());
    expect(await written()).to.deep.equal([`${event} a@shop.example`]);
    const [cursor] = await scene.rows<{ position: string }>('SELECT position FROM notification_cursor');
    expect(cursor?.position).to.equal(String(PAGE_POSITIONS + 1));
  });
});
