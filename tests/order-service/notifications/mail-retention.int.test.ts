import { expect } from 'chai';
import { leastIdAt } from '../../../src/shared/contracts/text';
import {
  countEventsBehind,
  countPending,
  pruneMails,
} from '../../../src/order-service/notifications/use-cases/keep-mails';
import { mailScene, type MailScene } from '../../support/mail-scene';

const DAY_MS = 86_400_000;

describe('the retention of mails', () => {
  let scene: MailScene;
  before(async () => {
    scene = await mailScene();
    await scene.notify(['a@shop.example', 'b@shop.example']);
  });
  after(() => scene.stop());

  it('given mails, then those that were written before the retention are removed, whatever their status', async () => {
    await scene.mail();
    await scene.rows("UPDATE mails SET mail_id = $1 WHERE recipient = 'a@shop.example'", [
      leastIdAt(Date.now() - 31 * DAY_MS),
    ]);
    expect(await countPending(scene.db)).to.equal(2);
    expect(await pruneMails(scene.db, 30)).to.equal(1);
    expect((await scene.mails()).map(({ recipient }) => recipient)).to.deep.equal(['b@shop.example']);
    expect(await pruneMails(scene.db, 30)).to.equal(0);
  });

  it('given events that were not read, then they are counted', async () => {
    expect(await countEventsBehind(scene.db)).to.equal(0);
    await scene.lowStock({}, {});
    expect(await countEventsBehind(scene.db)).to.equal(2);
    await scene.read(scene.reader());
    expect(await countEventsBehind(scene.db)).to.equal(0);
  });
});
