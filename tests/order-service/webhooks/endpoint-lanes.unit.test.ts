import { expect } from 'chai';
import sinon from 'sinon';
import {
  createEndpointLanes,
  type EndpointLanes,
} from '../../../src/order-service/webhooks/workers/endpoint-lanes';

const plenty = { available: () => 10_000, spend: () => undefined };

const pending = (): Promise<void> => new Promise(() => undefined);

describe('the lanes of endpoints', () => {
  let lanes: EndpointLanes;

  const request = (endpointId: string, answer: 'good' | 'bad', maxWaitMs = 1_000) =>
    lanes.request({
      endpointId,
      send: () => Promise.resolve(answer),
      isFailure: (got) => got === 'bad',
      maxWaitMs,
      signal: new AbortController().signal,
    });

  beforeEach(() => {
    lanes = createEndpointLanes({ perEndpoint: 20, total: 256, budget: plenty });
  });

  afterEach(() => lanes.close());

  it('given endpoints that occupy their places, then each has its own limit, and further endpoints find free places', () => {
    expect(lanes.room()).to.deep.equal({ usual: 32, exceptions: new Map(), total: 256 });
    for (let taken = 0; taken < 40; taken += 1) void lanes.occupy('slow', pending);
    expect(lanes.roomOf('slow')).to.equal(0);
    expect(lanes.roomOf('other')).to.equal(27);
    expect(lanes.room().total).to.equal(216);
  });

  it('given any number of endpoints that hang, then none takes the last places of the others at once', () => {
    let hanging = 0;
    for (; lanes.roomOf(`e${hanging}`) > 0 && hanging < 30; hanging += 1)
      for (let free = lanes.roomOf(`e${hanging}`); free > 0; free -= 1)
        void lanes.occupy(`e${hanging}`, pending);
    expect(hanging).to.equal(30);
    expect(lanes.roomOf('healthy')).to.be.at.least(1);
  });

  it('given more than half of ten requests failed, then the endpoint gets no room, after five seconds one place, and after a success all', async () => {
    const clock = sinon.useFakeTimers();
    try {
      lanes = createEndpointLanes({ perEndpoint: 20, total: 256, budget: plenty });
      for (let sent = 0; sent < 4; sent += 1) await request('e', 'good');
      for (let sent = 0; sent < 6; sent += 1) await request('e', 'bad');
      expect(lanes.roomOf('e')).to.equal(0);
      expect(lanes.roomOf('other')).to.be.above(0);
      expect(await request('e', 'good')).to.equal('refused');
      await clock.tickAsync(5_000);
      expect(lanes.roomOf('e')).to.equal(1);
      expect(await request('e', 'good')).to.deep.equal({ answer: 'good' });
      expect(lanes.roomOf('e')).to.equal(32);
    } finally {
      clock.restore();
    }
  });

  it('given a failed answer, then it is returned like any other', async () => {
    expect(await request('e', 'bad')).to.deep.equal({ answer: 'bad' });
  });

  it('given as many requests as may run, then a further one is late when none ends', async () => {
    const signal = new AbortController().signal;
    const hang = { endpointId: 'e', send: pending, isFailure: () => false, maxWaitMs: 1_000, signal };
    for (let running = 0; running < 20; running += 1) void lanes.request(hang);
    expect(await request('e', 'good', 1)).to.equal('late');
    expect(await request('other', 'good', 1)).to.deep.equal({ answer: 'good' });
  });

  it('given endpoints with further due deliveries, then the fan-out takes none of them, and each mark is taken once', () => {
    lanes.markMore(['e', 'f']);
    expect(lanes.room().exceptions).to.deep.equal(
      new Map([
        ['e', 0],
        ['f', 0],
      ]),
    );
    expect([...lanes.takeMarks().keys()]).to.deep.equal(['e', 'f']);
    expect(lanes.takeMarks().size).to.equal(0);
  });

  it('given a busy process, then there is only as much room as its budget allows, and marked endpoints wait for it', async () => {
    let left = 3;
    lanes = createEndpointLanes({
      perEndpoint: 20,
      total: 256,
      budget: { available: () => left, spend: (count) => (left -= count) },
    });
    lanes.markMore(['e']);
    expect(lanes.waitForMarks()).to.equal(0);
    expect(lanes.room().total).to.equal(3);
    for (let taken = 0; taken < 3; taken += 1) await lanes.occupy('e', () => Promise.resolve());
    expect(lanes.roomOf('e')).to.equal(0);
    expect(lanes.takeMarks().size).to.equal(0);
    expect(lanes.waitForMarks()).to.be.above(0);
    left = 1;
    expect([...lanes.takeMarks()]).to.deep.equal([['e', 1]]);
    expect(lanes.waitForMarks()).to.equal(null);
  });

  it('given the end of the process, then there is no room', () => {
    lanes.stopTaking();
    expect(lanes.roomOf('e')).to.equal(0);
    expect(lanes.room()).to.include({ usual: 0, total: 0 });
  });
});
