import { expect } from 'chai';
import { takeMails } from '../../../src/order-service/notifications/use-cases/send-mails';
import { mailScene, type MailScene } from '../../support/mail-scene';

const LEASE_MS = 60_000;

describe('the turns of owners whose mails are sent', () => {
  let scene: MailScene;
  beforeEach(async () => {
    scene = await mailScene();
    for (const owner of ['big', 'later', 'small']) await scene.notify([`ops@${owner}.example`], { owner });
    await scene.lowStock(...Array.from({ length: 40 }, () => ({ owner: 'big' })));
    await scene.read(scene.reader());
    await scene.rows("UPDATE mails SET due_at = now() - interval '1 hour'");
  });
  afterEach(() => scene.stop());

  const queue = async (owner: string) => {
    await scene.lowStock({ owner });
    await scene.read(scene.reader());
  };

  it('given a long queue of an owner, then the mails of others, although they came later, are among the next ones', async () => {
    await queue('small');
    await queue('later');
    const instance = scene.instance({ concurrency: 1 });
    for (let sent = 0; sent < 4; sent += 1) {
      await instance.loop.runOnce();
      await instance.whenIdle();
    }
    expect(scene.server.attempts).to.have.length(4);
    expect(scene.server.attempts).to.include.members(['ops@small.example', 'ops@later.example']);
  });

  it('given places for several mails, then each owner gets one before an owner gets a second one', async () => {
    await queue('small');
    const taken = await takeMails(scene.db, { most: 4, leaseMs: LEASE_MS, afterOwner: 'later' });
    expect(taken.map(({ owner }) => owner)).to.deep.equal(['small', 'big', 'big', 'big']);
  });

  it('given one owner, then its mails use all places, the longest due first', async () => {
    const [first] = await scene.mails();
    await scene.rows("UPDATE mails SET due_at = now() - interval '2 hours' WHERE mail_id = $1", [
      first!.mail_id,
    ]);
    const taken = await takeMails(scene.db, { most: 5, leaseMs: LEASE_MS, afterOwner: 'big' });
    expect(taken).to.have.length(5);
    expect(taken[0]!.mailId).to.equal(first!.mail_id);
  });

  it('given an owner whose mails are not due, then it is passed over', async () => {
    await queue('small');
    await scene.rows("UPDATE mails SET due_at = now() + interval '1 hour' WHERE owner = 'big'");
    const taken = await takeMails(scene.db, { most: 5, leaseMs: LEASE_MS, afterOwner: '' });
    expect(taken.map(({ owner }) => owner)).to.deep.equal(['small']);
  });
});
