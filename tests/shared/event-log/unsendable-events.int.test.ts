import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { placeOrder } from '../../../src/order-service/orders/use-cases/place-order';
import { createOrderCatalogue } from '../../../src/order-service/orders/use-cases/order-catalogue';
import { createOrderWriter } from '../../../src/order-service/orders/use-cases/write-orders';
import { type ReplayCache } from '../../../src/shared/idempotency/replay-cache';
import { currency } from '../../../src/shared/contracts/money';
import { appendEvents } from '../../../src/shared/event-log/append-events';
import { type LoggedEvent } from '../../../src/shared/event-log/event';
import { AppError } from '../../../src/shared/errors';
import { countUnpublished } from '../../../src/shared/event-log/outbox';
import { MAX_PAYLOAD_BYTES } from '../../../src/shared/queue/message-body';
import { outboxScene, type OutboxScene, testSubject } from '../../support/outbox-scene';
import { countRows } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { thrownBy } from '../../support/thrown-by';

describe('events that are too large for every queue', () => {
  let scene: OutboxScene;
  beforeEach(async () => (scene = await outboxScene()));
  afterEach(() => scene.stop());

  const event = (payload: unknown, queue: string | null = 'orders-queue.fifo'): LoggedEvent => ({
    ...{ eventId: randomUUID(), ...testSubject(randomUUID()), version: 1, type: 'TESTED', payload, queue },
    ...{ actor: 'test', correlationId: 'c', traceparent: 't', occurredAt: new Date() },
  });
  const append = (events: LoggedEvent[]) => scene.database.transaction((tx) => appendEvents(tx, events));

  it('given such an event among others, when they are written, then none is written, and the error names the member that is too long', async () => {
    const before = await countRows(scene.url, 'events');
    for (const items of [
      'x'.repeat(MAX_PAYLOAD_BYTES),
      'é'.repeat(MAX_PAYLOAD_BYTES / 6),
      ['😀'.repeat(22_000)],
    ]) {
      const error = await thrownBy(append([event({}), event({ customer_id: 'c', items })]));
      expect(error).to.be.instanceOf(AppError);
      expect(error).to.deep.include({ kind: 'invalid_input', code: 'validation_failed' });
      expect((error as AppError).errors?.[0]?.path).to.equal('items');
    }
    expect(await countRows(scene.url, 'events')).to.equal(before);
  });

  it('given an order with such an event, placed at the same time as others, then only this order is refused', async () => {
    const deps = {
      logger: silentLogger,
      db: scene.database,
      writeOrder: createOrderWriter(scene.database),
      catalogue: createOrderCatalogue(scene.database, 'open'),
      replayCache: {
        find: () => Promise.resolve(null),
        store: () => Promise.resolve(),
      } as unknown as ReplayCache,
    };
    const place = (productId: string) => {
      const items = [{ productId, quantity: 1, unitPrice: 100 }];
      const order = {
        owner: 'demo-client',
        customerId: 'c',
        items,
        currency: currency.parse('USD'),
        metadata: {},
        reservationId: null,
      };
      const guard = {
        route: 'r',
        kind: 'key' as const,
        key: randomUUID(),
        fingerprint: 'f',
        windowSeconds: null,
        untilCancelled: false,
        formerKey: null,
      };
      const origin = { actor: 'demo-client', correlationId: 'c', traceparent: 't' };
      return placeOrder(deps, order, guard, origin).then(
        ({ status }) => status,
        (error: AppError) => error.errors,
      );
    };
    const [first, large, last] = await Promise.all([place('a'), place('😀'.repeat(22_000)), place('b')]);
    expect([first, last]).to.deep.equal([201, 201]);
    expect(large).to.have.nested.property('[0].path', 'items');
    await scene.relay().runOnce();
    expect(await countUnpublished(scene.database)).to.equal(0);
  });

  it('given the largest allowed event, or an event without a queue, then it is written', async () => {
    const text = 'x'.repeat(MAX_PAYLOAD_BYTES - JSON.stringify({ text: '' }).length);
    await append([event({ text })]);
    await append([event({ text: 'é'.repeat(MAX_PAYLOAD_BYTES) }, null)]);
    await scene.relay().runOnce();
    expect(scene.sqs.sent).to.have.length(1);
  });
});
