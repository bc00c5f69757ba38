import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { bearer } from '../../support/oauth';
import { gistOf, startOrderLogScene, type OrderLogScene } from '../../support/order-log-scene';
import { linesOf, type RecordedLine } from '../../support/recorded-log';

const STORY_OF_A_DELIVERED_ORDER = [
  'order-service: order placed PENDING_SHIPMENT',
  'order-service: event published ORDER_CREATED 1',
  'delivery-service: order received PROCESSING',
  'delivery-service: event published SHIPMENT_STATUS_CHANGED 1',
  'order-service: status applied PENDING_SHIPMENT PROCESSING',
  ...['SHIPPED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED'].flatMap((status, index) => [
    `delivery-service: shipment step ${status}`,
    `delivery-service: event published SHIPMENT_STATUS_CHANGED ${String(index + 2)}`,
    `order-service: status applied ${status} ${status}`,
  ]),
];

describe('the log of an order', function () {
  this.timeout(60_000);
  let scene: OrderLogScene;
  before(async () => (scene = await startOrderLogScene('0')));
  after(() => scene.pair.stop());
  beforeEach(() => scene.lines.splice(0));

  /** A service writes the line of a published event after the queue has it, when the other service may have handled it already. */
  const untilDelivered = (orderId: string): Promise<RecordedLine[]> =>
    scene.untilStory(
      orderId,
      'order-service: status applied DELIVERED DELIVERED',
      ...STORY_OF_A_DELIVERED_ORDER.filter((line) => line.includes('event published')),
    );

  it('given an order, then each step has one line in its service, all with the correlation id of the order', async () => {
    const story = await untilDelivered(await scene.place({ 'X-Correlation-Id': 'story-1' }));
    expect(story.map(gistOf)).to.have.members(STORY_OF_A_DELIVERED_ORDER);
    expect(new Set(story.map((line) => line['correlation_id']))).to.deep.equal(new Set(['story-1']));
  });

  it('given an order, then the timestamps of its lines are in causal order, regardless of which process wrote first', async () => {
    const story = await untilDelivered(await scene.place());
    const timeOf = (gist: string) => story.find((line) => gistOf(line) === gist)?.timestamp ?? gist;
    const [placed, sent, received, ...steps] = STORY_OF_A_DELIVERED_ORDER;
    const ofService = (name: string) => steps.filter((gist) => gist.startsWith(name));
    const chains = [
      [placed!, sent!, received!, ...ofService('delivery-service: shipment step')],
      ofService('delivery-service: event'),
      ofService('order-service'),
      // Each step, its event, and its effect.
      ...[2, 5, 8, 11].map((from) => steps.slice(from, from + 3)),
    ];
    for (const chain of chains) {
      const times = chain.map(timeOf);
      expect(times, chain.join()).to.deep.equal(times.toSorted());
    }
  });

  it('given the event ids of its lines, then each message can be followed from its publication to its effect', async () => {
    const story = await untilDelivered(await scene.place());
    const idsOf = (message: string) =>
      story.filter((line) => line.message === message).map((line) => line['event_id']);
    expect(idsOf('order placed')).to.deep.equal(idsOf('order received'));
    expect(idsOf('event published')).to.have.members([...idsOf('order placed'), ...idsOf('status applied')]);
    expect(idsOf('status applied')).to.include.members(idsOf('shipment step'));
  });

  it('given many orders at once, then lines of shared transactions have the right order and correlation ids', async () => {
    const ids = Array.from({ length: 40 }, (_, index) => `many-${String(index)}`);
    const placed = await Promise.all(ids.map((id) => scene.place({ 'X-Correlation-Id': id })));
    for (const [index, orderId] of placed.entries()) {
      const story = await untilDelivered(orderId);
      expect(story.map(gistOf)).to.have.members(STORY_OF_A_DELIVERED_ORDER);
      expect(new Set(story.map((line) => line['correlation_id']))).to.deep.equal(new Set([ids[index]]));
      expect(story.filter((line) => 'client_id' in line).map(gistOf)).to.deep.equal([
        STORY_OF_A_DELIVERED_ORDER[0],
      ]);
    }
  });

  it('given a bulk request, then each of its orders has its own line', async () => {
    const body = [1, 2, 3].map((n) => JSON.stringify(orderBody({ customer_id: `bulk-${String(n)}` })));
    const answer = await fetch(`${scene.pair.orderUrl}/orders/bulk`, {
      method: 'POST',
      headers: {
        ...bearer(scene.shop.token),
        'content-type': 'application/x-ndjson',
        'x-correlation-id': 'bulk-1',
      },
      body: body.join('\n'),
    });
    const results = (await answer.text()).trim().split('\n');
    const ids = results.map((line) => (JSON.parse(line) as { order: { order_id: string } }).order.order_id);
    expect(new Set(ids).size).to.equal(3);
    for (const orderId of ids) {
      const story = await untilDelivered(orderId);
      expect(story.map(gistOf)).to.have.members(STORY_OF_A_DELIVERED_ORDER);
      expect(story.every((line) => line['correlation_id'] === 'bulk-1')).to.equal(true);
    }
  });

  it('given a repeated submission and a repeated message, then their lines are at debug, and info has no second line', async () => {
    const body = orderBody();
    const key = { 'Idempotency-Key': randomUUID() };
    const orderId = await scene.place(key, body);
    const before = await untilDelivered(orderId);
    expect(await scene.place(key, body)).to.equal(orderId);
    await scene.sendOfOrder(orderId, 'ORDER_CREATED');
    await eventually(() => {
      const dropped = linesOf(scene.lines, orderId, 'debug').map(gistOf);
      expect(dropped).to.include.members([
        'order-service: order replayed',
        'delivery-service: repeated message dropped',
      ]);
      return Promise.resolve();
    });
    expect(linesOf(scene.lines, orderId)).to.deep.equal(before);
  });

  it('given personal data in an order, then no line contains it', async () => {
    const customer_id = 'jane.doe@example.com';
    const metadata = { address: '1 Secret Street', name: 'Jane Doe' };
    await untilDelivered(await scene.place({}, orderBody({ customer_id, metadata })));
    expect(JSON.stringify(scene.lines)).not.to.match(/jane|secret street/i);
  });
});
