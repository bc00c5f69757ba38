import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { type Logger } from '../../../src/shared/observability/logger';
import { createDeleteMessages } from '../../../src/shared/queue/delete-messages';
import { fakeSqs, received, type FakeSqs } from '../../support/fake-sqs';

describe('deletes of received messages', () => {
  let sqs: FakeSqs;
  let calls: number;
  const warn = sinon.stub();
  beforeEach(() => {
    sqs = fakeSqs();
    calls = 0;
    sqs.before = () => void (calls += 1);
    warn.resetHistory();
  });

  const create = () => createDeleteMessages(sqs.client, { warn } as unknown as Logger);
  const messages = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, n) => received(prefix, `${prefix}${String(n)}`));

  it('given deletes of several pollers in one turn of the event loop, then they share calls of ten', async () => {
    const remove = create();
    await Promise.all([
      remove('q', messages('a', 4)),
      remove('q', messages('b', 5)),
      remove('q', messages('c', 3)),
    ]);
    expect([calls, sqs.deleted.length, new Set(sqs.deleted).size]).to.deep.equal([2, 12, 12]);
  });

  it('given a call in flight, then a later delete does not wait for it', async () => {
    const remove = create();
    let answer: () => void = () => undefined;
    sqs.before = () => (calls++ === 0 ? new Promise((resolve) => (answer = resolve)) : undefined);
    const first = remove('q', messages('a', 1));
    await turn();
    await remove('q', messages('b', 1));
    expect(sqs.deleted).to.deep.equal(['b0']);
    answer();
    await first;
    expect(sqs.deleted).to.deep.equal(['b0', 'a0']);
  });

  it('given a refused entry and a failed call, then both are logged, and every delete ends', async () => {
    sqs.refuse = (receipt) => (receipt === 'a1' ? 'The receipt handle has expired' : null);
    sqs.before = () => {
      if (calls++ === 1) throw new Error('connection lost');
    };
    const remove = create();
    await Promise.all([remove('q', messages('a', 10)), remove('q', messages('b', 1))]);
    expect(sqs.deleted).to.have.length(9);
    expect(warn.args).to.deep.equal([
      ['could not delete messages; they will be delivered again', { error: 'connection lost' }],
      ['lost a lease: could not delete a message', { error: 'The receipt handle has expired' }],
    ]);
  });
});
