import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { createLowStockLoop } from '../../../src/order-service/notifications/workers/low-stock-loop';
import { leastIdAt } from '../../../src/shared/contracts/text';
import { mailScene, type MailScene } from '../../support/mail-scene';
import { silentLogger } from '../../support/service-pair';

const HOUR_MS = 3_600_000;
const LAMP = uuidv7();

describe('the limits of mails about low stock', () => {
  let scene: MailScene;
  beforeEach(async () => (scene = await mailScene()));
  afterEach(() => scene.stop());

  const written = async () =>
    (await scene.mails()).map(({ content, recipient }) => `${content.sku} ${recipient}`);

  /** Makes all mails older by that time. */
  const age = async (ms: number) => {
    for (const [index, { mail_id: id }] of (await scene.mails()).entries())
      await scene.rows('UPDATE mails SET mail_id = $2 WHERE mail_id = $1', [
        id,
        `${leastIdAt(Date.now() - ms).slice(0, -4)}${String(index).padStart(4, '0')}`,
      ]);
  };

  it('given a product that becomes low again within an hour, then its recipients get no further mail, a new recipient gets one', async () => {
    await scene.notify(['a@shop.example']);
    await scene.mail({ productId: LAMP, sku: 'first' });
    await scene.notify(['a@shop.example', 'b@shop.example']);
    await scene.mail({ productId: LAMP, sku: 'second' });
    await age(HOUR_MS - 60_000);
    await scene.mail({ productId: LAMP, sku: 'third' });
    expect(await written()).to.have.members(['first a@shop.example', 'second b@shop.example']);
  });

  it('given an hour since the last mail about a product, then it is notified again', async () => {
    await scene.notify(['a@shop.example']);
    await scene.mail({ productId: LAMP, sku: 'first' });
    await age(HOUR_MS + 60_000);
    await scene.mail({ productId: LAMP, sku: 'second' });
    expect(await written()).to.have.members(['first a@shop.example', 'second a@shop.example']);
  });

  it('given several events about a product in one page, then one is notified, by whichever of two readers', async () => {
    await scene.notify(['a@shop.example']);
    await scene.lowStock(...Array.from({ length: 20 }, () => ({ productId: LAMP })));
    await Promise.all([scene.read(scene.reader()), scene.read(scene.reader())]);
    expect(await written()).to.have.length(1);
  });

  it('given the daily limit of an owner, then its further mails are left out and counted, and other owners get theirs; a day later it gets mails again', async () => {
    await scene.notify(['a@shop.example']);
    await scene.notify(['x@other.example'], { owner: 'other' });
    await scene.lowStock({ sku: 'A' }, { sku: 'B' }, { sku: 'C' }, { sku: 'D', owner: 'other' });
    const limited: unknown[] = [];
    await scene.read(
      createLowStockLoop({
        db: scene.db,
        isSent: true,
        perDay: 2,
        findProducts: () => Promise.resolve(new Map()),
        logger: silentLogger,
        onLimited: (...counted) => limited.push(counted),
      }),
    );
    expect(await written()).to.have.members(['A a@shop.example', 'B a@shop.example', 'D x@other.example']);
    expect(limited).to.deep.equal([['day', 1]]);
    await scene.lowStock({ sku: 'E' });
    await scene.read(scene.reader({ perDay: 2 }));
    expect(await written()).to.have.length(3);
    await age(25 * HOUR_MS);
    await scene.lowStock({ sku: 'F' });
    await scene.read(scene.reader({ perDay: 2 }));
    expect(await written()).to.include('F a@shop.example');
  });
});
