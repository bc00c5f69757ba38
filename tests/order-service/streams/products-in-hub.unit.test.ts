import { expect } from 'chai';
import { type PublicFeed } from '../../../src/order-service/streams/workers/feed-tail';
import { createStreamHub } from '../../../src/order-service/streams/workers/stream-hub';
import { cursorAt, memoryFeed, settle, TestListener } from '../../support/memory-feed';
import { silentLogger } from '../../support/service-pair';

describe('the events of products in the hub of the streams', () => {
  it('given listeners of orders only, then the tail leaves out the events of products, and a listener of products that joins later misses none', async () => {
    const { feed, add, expected } = memoryFeed();
    /** Of the reads of the tail. */
    const topics: (string | undefined)[] = [];
    const read: PublicFeed['read'] = (request) => {
      if (request.owner === null) topics.push(request.filter?.topic);
      return feed.read(request);
    };
    const hub = createStreamHub({ feed: { ...feed, read }, logger: silentLogger });
    const orders = new TestListener('shop', { topic: 'orders' }, 1_000);
    const products = new TestListener('shop', { topic: 'products' }, 1_000);
    await orders.join(hub, null);
    for (const subject of [0, 4, 0, 4]) add(subject);
    await hub.runOnce();
    expect(topics).to.deep.equal(['orders']);
    await products.join(hub, cursorAt(1));
    for (const subject of [0, 4]) add(subject);
    await settle(hub, [orders, products], () => orders.received.length + products.received.length >= 6);
    expect(new Set(topics.slice(1))).to.deep.equal(new Set([undefined]));
    for (const { received, from, owner, filter } of [orders, products])
      expect(received).to.deep.equal(expected(from, owner, filter));
    products.subscription?.close();
    topics.length = 0;
    await hub.runOnce();
    expect(topics).to.deep.equal(['orders']);
    hub.endAll();
  });

  it('given a listener of products that joins while the tail reads events of orders, then it misses none', async () => {
    const { feed, add, expected } = memoryFeed();
    const hub = createStreamHub({ feed, logger: silentLogger });
    const orders = new TestListener('shop', { topic: 'orders' }, 1_000);
    const products = new TestListener('shop', { topic: 'products' }, 1_000);
    await orders.join(hub, null);
    const step = hub.runOnce();
    await products.join(hub, null);
    for (const subject of [4, 0, 4]) add(subject);
    await step;
    await settle(hub, [orders, products], () => orders.received.length + products.received.length >= 3);
    for (const { received, from, owner, filter } of [orders, products])
      expect(received).to.deep.equal(expected(from, owner, filter));
    hub.endAll();
  });
});
