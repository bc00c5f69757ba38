import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { createPublicEventsReader } from '../../../src/order-service/orders/use-cases/public-events-reader';
import { type EventFilter } from '../../../src/order-service/orders/domain/event-filter';
import { type LoggedEvent } from '../../../src/shared/event-log/event';
import { FEED_START, type FeedCursor } from '../../../src/shared/event-log/feed-cursor';
import { productLogged, stockLogged, writeLogged } from '../../support/catalogue-log';
import { feedScene, type FeedScene } from '../../support/feed-scene';

describe('public events that cannot be presented', () => {
  let scene: FeedScene;
  beforeEach(async () => (scene = await feedScene()));
  afterEach(() => scene.stop());

  const orderLogged = (payload: unknown): LoggedEvent => ({
    ...productLogged(uuidv7()),
    subjectType: 'order',
    type: 'ORDER_CREATED',
    payload,
  });
  const stock = (version: number, payload?: unknown): LoggedEvent =>
    stockLogged(
      { productId: uuidv7(), stockId: uuidv7() },
      version,
      payload === undefined ? {} : { payload },
    );

  /** The ids of the events of all pages, and of the events that were logged as faults. */
  async function readAll(
    limit: number,
    filter: EventFilter = {},
  ): Promise<{ read: string[]; left: string[] }> {
    const [read, left]: [string[], string[]] = [[], []];
    const logger = {
      error: (_message: string, fields?: object) => void left.push((fields as { event_id: string }).event_id),
    };
    const readEvents = createPublicEventsReader({ db: scene.db, logger });
    for (let after: FeedCursor = FEED_START; ;) {
      const page = await readEvents({ after, owner: null, limit, filter });
      if ('gone' in page) throw new Error(`the feed is ${page.gone}`);
      read.push(...page.events.map(({ event }) => event.id));
      if (!page.hasMore) return { read, left: [...new Set(left)] };
      after = page.next;
    }
  }

  for (const limit of [1, 2, 100])
    it(`given malformed events among others, then pages of ${limit} leave out only these, and they are logged`, async () => {
      const sound = [productLogged(uuidv7()), stock(1), productLogged(uuidv7()), stock(2)];
      const malformed = [
        stock(1, { stock: null }),
        productLogged(uuidv7(), 1, { payload: {} }),
        orderLogged('text'),
        orderLogged({}),
        orderLogged([]),
      ];
      const all = [sound[0]!, ...malformed.slice(0, 2), sound[1]!, ...malformed.slice(2), ...sound.slice(2)];
      for (const event of all) await writeLogged(scene.db, event);
      await scene.sequence();
      const idsOf = (events: readonly LoggedEvent[]) => events.map(({ eventId }) => eventId);
      for (const filter of [
        {},
        { types: ['product.created', 'inventory.reserved', 'order.created'] },
      ] as const) {
        const { read, left } = await readAll(limit, filter);
        expect(read).to.deep.equal(idsOf(sound));
        expect(left).to.have.members(idsOf(malformed));
      }
    });
});
