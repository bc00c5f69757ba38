import { expect } from 'chai';
import fc from 'fast-check';
import { type EventFilter } from '../../../src/order-service/orders/domain/event-filter';
import { createStreamHub, type StreamHub } from '../../../src/order-service/streams/workers/stream-hub';
import {
  cursorAt,
  memoryFeed,
  ORDERS,
  OWNERS,
  PRODUCTS,
  settle,
  TestListener,
  turn,
} from '../../support/memory-feed';
import { silentLogger } from '../../support/service-pair';

const filters = fc.oneof(
  fc.constant<EventFilter>({}),
  fc.nat(3).map((order): EventFilter => ({ orderId: ORDERS[order]! })),
  fc.constant<EventFilter>({ types: ['order.shipped'] }),
  fc.constant<EventFilter>({ customerId: 'customer 0' }),
  fc.constantFrom<EventFilter>({ topic: 'orders' }, { topic: 'products' }),
  fc.nat(1).map((product): EventFilter => ({ productId: PRODUCTS[product]! })),
);

const command = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('commit'),
      subjects: fc.array(fc.nat(5), { minLength: 1, maxLength: 40 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('step') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('turn') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read'), which: fc.nat(20) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('leave and resume'), which: fc.nat(20) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('join'),
      owner: fc.constantFrom(null, ...OWNERS),
      filter: filters,
      room: fc.integer({ min: 1, max: 60 }),
      back: fc.option(fc.nat(100)),
    }),
  },
);
type Command = { kind: string; subjects?: number[]; which?: number } & Partial<{
  owner: string | null;
  filter: EventFilter;
  room: number;
  back: number | null;
}>;

describe('the hub of the streams', () => {
  it('given any order of commits, joins, full buffers and resumptions, then every listener receives each of its events once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(command as fc.Arbitrary<Command>, { minLength: 40, maxLength: 150, size: 'max' }),
        runCommands,
      ),
      {
        numRuns: 300,
      },
    );
  }).timeout(120_000);
});

async function runCommands(commands: readonly Command[]): Promise<void> {
  const { feed, events, add, expected } = memoryFeed();
  const hub = createStreamHub({ feed, logger: silentLogger, mostRecent: 20 });
  const listeners: TestListener[] = [];
  const pick = (which = 0): TestListener | undefined => listeners[which % Math.max(1, listeners.length)];
  for (const { kind, subjects = [], which, owner = null, filter = {}, room = 1, back = null } of commands) {
    if (kind === 'commit') subjects.forEach((subject) => add(subject));
    else if (kind === 'step') await hub.runOnce();
    else if (kind === 'turn') await turn();
    else if (kind === 'read') pick(which)?.read();
    else if (kind === 'leave and resume') await resumeElsewhere(pick(which), hub);
    else {
      const listener = new TestListener(owner, filter, room);
      listeners.push(listener);
      await listener.join(hub, back === null ? null : cursorAt(Math.max(0, events.length - back)));
    }
  }
  const isComplete = (): boolean =>
    listeners.every(
      ({ received, from, owner, filter }) => received.length >= expected(from, owner, filter).length,
    );
  await settle(hub, listeners, isComplete);
  for (const { received, from, owner, filter } of listeners)
    expect(received).to.deep.equal(expected(from, owner, filter));
  hub.endAll();
  expect(listeners.every(({ subscription }) => subscription === null)).to.equal(true);
}

/** Ends the subscription and continues behind its cursor with a new one. */
async function resumeElsewhere(listener: TestListener | undefined, hub: StreamHub): Promise<void> {
  if (!listener?.subscription) return;
  const cursor = listener.subscription.cursor();
  const { from } = listener;
  listener.subscription.close();
  listener.isPaused = false;
  await listener.join(hub, cursor);
  listener.from = from;
}
