import { expect } from 'chai';
import { RETRY_DELAYS_MS } from '../../../src/order-service/webhooks/domain/retry-schedule';
import { type MailDispatcher } from '../../../src/order-service/notifications/workers/mail-dispatcher';
import { eventually } from '../../support/eventually';
import { readable } from '../../support/mail-server';
import { mailScene, type MailScene } from '../../support/mail-scene';

const OPS = 'ops@shop.example';

describe('sent mails', () => {
  let scene: MailScene;
  let instance: MailDispatcher;
  beforeEach(async () => {
    scene = await mailScene();
    await scene.notify([OPS]);
    instance = scene.instance();
  });
  afterEach(() => scene.stop());

  const makeDue = () => scene.rows("UPDATE mails SET due_at = now() WHERE status = 'pending'");
  const only = async () => (await scene.mails())[0]!;

  it('given a mail, then it is sent once, with plain text and HTML that name product, quantity and threshold', async () => {
    await scene.mail({ sku: 'LAMP-1' });
    await scene.deliver(instance);
    const [mail, ...others] = scene.server.received;
    expect(others).to.deep.equal([]);
    expect(mail).to.include({ from: 'orders@system.example', to: OPS });
    const { mail_id: id, status } = await only();
    expect(status).to.equal('sent');
    expect(mail!.headers).to.deep.include({
      'message-id': [`<${id}@system.example>`],
      from: ['Order system <orders@system.example>'],
      to: [OPS],
      subject: ['Low stock: LAMP-1: 3 available, threshold 5'],
      'auto-submitted': ['auto-generated'],
    });
    const text = readable(mail!.raw);
    expect(text)
      .to.match(/^Content-Type: text\/plain/m)
      .and.to.match(/^Content-Type: text\/html/m);
    expect(text)
      .to.contain('Available: 3')
      .and.to.contain('<th align="left">Low-stock threshold</th><td>5</td>');
    await makeDue();
    await scene.deliver(instance);
    expect(scene.server.attempts).to.have.length(1);
  });

  it('given two instances at once, then each of 60 mails is sent once, at most as many at a time as allowed', async () => {
    await scene.lowStock(...Array.from({ length: 60 }, (_, n) => ({ sku: `P${n}` })));
    await scene.read(scene.reader());
    const instances = [scene.instance({ concurrency: 3 }), scene.instance({ concurrency: 3 })];
    await Promise.all(instances.map((one) => scene.deliver(one)));
    const ids = scene.server.received.map(({ headers }) => headers['message-id']?.[0]);
    expect(ids).to.have.length(60);
    expect(new Set(ids).size).to.equal(60);
    expect(scene.server.mostOpen).to.be.at.most(6);
    expect((await scene.mails()).every(({ status }) => status === 'sent')).to.equal(true);
  });

  it('given a server that is down, then sending pauses, and every mail is sent when it is up again', async () => {
    await scene.lowStock(...Array.from({ length: 8 }, () => ({})));
    await scene.read(scene.reader());
    await scene.server.stop();
    await instance.loop.runOnce();
    await instance.whenIdle();
    const failed = await scene.rows<{ tries: number; last_error: string }>(
      'SELECT tries, last_error FROM mails WHERE tries > 0',
    );
    expect(failed).to.have.length(5);
    expect(failed[0]).to.deep.equal({ tries: 1, last_error: 'the mail server cannot be reached' });
    expect(instance.isFailing()).to.equal(true);
    expect(await instance.loop.runOnce(), 'the rest of the pause').to.be.within(3_000, 5_000);
    expect(await scene.rows('SELECT FROM mails WHERE attempt > 0')).to.have.length(5);
    await scene.server.start();
    await makeDue();
    await eventually(async () => {
      await instance.loop.runOnce();
      await instance.whenIdle();
      expect(scene.server.received).to.have.length(8);
    });
    expect(instance.isFailing()).to.equal(false);
    expect((await scene.mails()).every(({ status }) => status === 'sent')).to.equal(true);
  });

  it('given a server that closes the service, then the mail is not lost', async () => {
    scene.server.answer(OPS, (attempt) => (attempt === 1 ? { recipient: 421 } : {}));
    await scene.mail();
    await scene.deliver(instance);
    expect(await only()).to.include({ status: 'pending', tries: 1 });
    await makeDue();
    await scene.deliver(scene.instance());
    expect(await only()).to.include({ status: 'sent', last_error: null });
  });

  for (const behaviour of [{ recipient: 550 }, { message: 554 }])
    it(`given the permanent refusal ${JSON.stringify(behaviour)}, then the mail has failed, and others are sent`, async () => {
      scene.server.answer(OPS, () => behaviour);
      await scene.mail();
      await scene.notify(['other@shop.example']);
      await scene.mail();
      await scene.deliver(instance);
      await makeDue();
      await scene.deliver(instance);
      expect(scene.server.attempts.toSorted()).to.deep.equal([OPS, 'other@shop.example']);
      const [refused, sent] = await scene.mails();
      expect(refused).to.include({ status: 'failed', attempt: 1 });
      expect(refused!.last_error).to.match(/^the mail server answered: 55\d refused by the test$/);
      expect(sent!.status).to.equal('sent');
      expect(instance.isFailing()).to.equal(false);
    });

  it('given a temporary refusal, then the mail is repeated after the times of the schedule, under the same Message-ID, without a pause', async () => {
    scene.server.answer(OPS, (attempt) => (attempt < 3 ? { message: 451 } : {}));
    await scene.mail();
    for (const [index, delay] of RETRY_DELAYS_MS.slice(0, 2).entries()) {
      await scene.deliver(instance);
      const [row] = await scene.rows<{ ms: number; tries: number }>(
        'SELECT extract(epoch FROM due_at - now()) * 1000 AS ms, tries FROM mails',
      );
      expect(Number(row!.ms)).to.be.within(delay - 4_000, delay * 1.2);
      expect(row!.tries).to.equal(index + 1);
      expect(instance.isFailing()).to.equal(false);
      await makeDue();
    }
    await scene.deliver(instance);
    expect(await only()).to.include({ status: 'sent', attempt: 3 });
    expect(scene.server.received[0]?.headers['message-id']).to.deep.equal([
      `<${(await only()).mail_id}@system.example>`,
    ]);
  });

  it('given the last attempt of the schedule, then the mail has failed', async () => {
    scene.server.answer(OPS, () => ({ recipient: 450 }));
    await scene.mail();
    await scene.rows('UPDATE mails SET tries = $1', [RETRY_DELAYS_MS.length]);
    await scene.deliver(instance);
    expect(await only()).to.include({ status: 'failed', attempt: 1 });
  });

  it('given a process that does not settle within its lease, then another one repeats the mail under the same Message-ID, and the late result changes nothing', async () => {
    scene.server.answer(OPS, (attempt) => (attempt === 1 ? { after: 1_000 } : {}));
    await scene.mail();
    await instance.loop.runOnce();
    await eventually(() => expect(scene.server.received).to.have.length(1));
    const other = scene.instance();
    await scene.deliver(other);
    expect(scene.server.received, 'within the lease').to.have.length(1);
    await makeDue();
    await scene.deliver(other);
    const ids = scene.server.received.map(({ headers }) => headers['message-id']);
    expect(ids).to.have.length(2);
    expect(ids[1]).to.deep.equal(ids[0]);
    await instance.whenIdle();
    expect(await only()).to.include({ status: 'sent', attempt: 2 });
  });

  it('given a server that does not answer, then the mail ends at the time limit, and the connections of others stay free', async () => {
    const slow = scene.instance({ concurrency: 1, timeLimitMs: 500 });
    scene.server.answer(OPS, () => ({ after: 'never' }));
    await scene.mail();
    await scene.deliver(slow);
    expect(await only()).to.include({ tries: 1, last_error: 'the mail server did not answer in time' });
    expect(slow.isFailing()).to.equal(true);
  });

  it('given a mail of a kind that this version does not know, then it is left to a later version', async () => {
    await scene.mail();
    await scene.rows("UPDATE mails SET kind = 'of_a_later_version'");
    await instance.loop.runOnce();
    await instance.whenIdle();
    expect(await only()).to.include({ status: 'pending', attempt: 0 });
  });

  it('given a mail that cannot be rendered, then it has failed, and sending does not pause', async () => {
    await scene.mail();
    await scene.rows("UPDATE mails SET content = 'null'");
    await scene.mail();
    await scene.deliver(instance);
    const [faulty, sent] = await scene.mails();
    expect(faulty).to.include({ status: 'failed', tries: 1, last_error: 'the mail cannot be rendered' });
    expect(sent).to.include({ status: 'sent', attempt: 1 });
    expect(instance.isFailing()).to.equal(false);
  });

  it('given a process that stops, then the mail that it is sending is settled first', async () => {
    scene.server.answer(OPS, () => ({ after: 200 }));
    await scene.mail();
    await instance.loop.runOnce();
    await eventually(() => expect(scene.server.received).to.have.length(1));
    await instance.stop();
    expect(await only()).to.include({ status: 'sent', attempt: 1 });
  });
});
