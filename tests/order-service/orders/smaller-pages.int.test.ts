import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { createEventWaiters } from '../../../src/order-service/orders/use-cases/event-waiters';
import { createPublicEventsReader } from '../../../src/order-service/orders/use-cases/public-events-reader';
import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { AppError } from '../../../src/shared/errors';
import { FEED_START } from '../../../src/shared/event-log/feed-cursor';
import { type Database } from '../../../src/shared/postgres/queryable';
import { productLogged, writeLogged } from '../../support/catalogue-log';
import { feedScene, type FeedScene } from '../../support/feed-scene';
import { silentLogger } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

/** The number of events that can be read within the time limit of a statement. */
const MOST = 100;
/** More than as many halvings as it takes from the usual size. */
const ATTEMPTS = 6;

describe('reads of events that are too large for a page of the usual size', () => {
  let scene: FeedScene;
  let slow: Database;
  beforeEach(async () => {
    scene = await feedScene();
    await writeLogged(
      scene.db,
      ...Array.from({ length: 300 }, () => ({ ...productLogged(uuidv7()), owner: 'shop' })),
    );
    await scene.sequence();
    slow = {
      ...scene.db,
      transaction: (work, options) =>
        scene.db.transaction((tx) => {
          const query = (...[statement, values = []]: Parameters<typeof tx.query>) => {
            if (Number(values[2]) > MOST + 1) throw new AppError(UNAVAILABLE, 'it took too long');
            return tx.query(statement, values);
          };
          return work({ ...tx, query } as typeof tx);
        }, options),
    };
  });
  afterEach(() => scene.stop());

  it('given readers with a filter, or of large pages, then a repeated request reads fewer events, and gets them', async () => {
    const readEvents = createPublicEventsReader({ db: slow, logger: silentLogger });
    const request = { after: FEED_START, owner: 'shop', limit: 500 };
    for (const filter of [{ types: ['product.created'] } as const, {}]) {
      let read: number[] = [];
      for (let attempt = 0; attempt < ATTEMPTS && read.length === 0; attempt += 1) {
        const page = await readEvents({ ...request, filter }).catch(() => null);
        if (page && 'events' in page) read = [page.events.length, Number(page.next.position)];
      }
      expect(read[0]).to.be.within(20, MOST);
      expect(read[1]).to.equal(read[0]);
    }
  });

  it('given requests that wait for events, then a repeated step compares fewer events with them', async () => {
    const waiters = createEventWaiters(slow, () => undefined);
    const waiting = waiters.wait(
      { after: FEED_START, owner: 'shop', filter: {} },
      600_000,
      new AbortController().signal,
    );
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) await thrownBy(waiters.step());
    expect(await Promise.race([waiting, Promise.resolve(null)])).to.include({ mayMatch: true });
    waiters.end();
    await waiting;
  });
});
