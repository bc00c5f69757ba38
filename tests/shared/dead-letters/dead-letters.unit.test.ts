import { type Message } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { deadLetterResource, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { type AppError } from '../../../src/shared/errors';
import { toDeadLetter } from '../../../src/shared/dead-letters/dead-letter';
import {
  selectDeadLetters,
  type DeadLetterSweep,
  sweepDeadLetters,
} from '../../../src/shared/dead-letters/dead-letter-sweep';
import { createDeadLetters } from '../../../src/shared/dead-letters/dead-letters';
import { dropDeadLetters } from '../../../src/shared/dead-letters/drop-dead-letters';
import { peekDeadLetters } from '../../../src/shared/dead-letters/peek-dead-letters';
import { type OutgoingMessage } from '../../../src/shared/queue/publish-batch';
import { redriveDeadLetters } from '../../../src/shared/dead-letters/redrive-dead-letters';
import { fakeSqs, received } from '../../support/fake-sqs';
import { envelope } from '../../support/messages';
import { silentLogger } from '../../support/service-pair';

/** A dead-letter queue that returns all messages at once, as SQS does for up to ten messages of a group. */
function sweepOver(messages: Message[], remove = (gone: readonly Message[]) => [...gone]) {
  const queue = { messages };
  const sweep = (): DeadLetterSweep => {
    let given = false;
    return {
      next: () => Promise.resolve(given ? [] : ((given = true), [...queue.messages])),
      remove(wanted) {
        const gone = remove(wanted);
        queue.messages = queue.messages.filter((message) => !gone.includes(message));
        return Promise.resolve(gone);
      },
      end: () => Promise.resolve(),
    };
  };
  return { queue, sweep };
}

const bodies = (messages: readonly { Body?: string | undefined }[]) => messages.map(({ Body }) => Body);

describe('a redrive', () => {
  let calls: string[][];
  let refused: string[];
  beforeEach(() => {
    calls = [];
    refused = [];
  });
  const publish = (messages: readonly OutgoingMessage[]) => {
    calls.push(messages.map(({ body }) => body));
    const [failed, sent] = [true, false].map((isRefused) =>
      messages.filter(({ body }) => refused.includes(body) === isRefused).map(({ id }) => id),
    ) as [string[], string[]];
    return Promise.resolve({ sent, failed: failed.map((id) => ({ id, reason: 'no' })) });
  };
  const all = selectDeadLetters(null);

  it('given several messages of one group, then each is sent only after the previous one', async () => {
    const { queue, sweep } = sweepOver(['a1', 'b1', 'a2', 'a3'].map((body) => received(body[0]!, body)));
    const result = await redriveDeadLetters(sweep(), all, publish);
    expect(calls).to.deep.equal([['a1', 'b1'], ['a2'], ['a3']]);
    expect([result, queue.messages]).to.deep.equal([{ redriven: 4, failed: 0, skipped: 0 }, []]);
  });

  it('given a message that the queue refuses, then it and its later messages stay, and other groups continue', async () => {
    const { queue, sweep } = sweepOver(['a1', 'a2', 'b1', 'b2'].map((body) => received(body[0]!, body)));
    refused = ['a1'];
    const result = await redriveDeadLetters(sweep(), all, publish);
    expect(result).to.deep.equal({ redriven: 2, failed: 1, skipped: 1 });
    expect(bodies(queue.messages)).to.deep.equal(['a1', 'a2']);
  });

  it('given a crash between sending and deleting, when it is repeated, then no message is lost or reordered', async () => {
    let crashes = true;
    const { queue, sweep } = sweepOver(
      ['a1', 'a2'].map((body) => received('a', body)),
      (gone) => {
        if (crashes) throw new Error('killed');
        return [...gone];
      },
    );
    const death = await redriveDeadLetters(sweep(), all, publish).catch((error: Error) => error.message);
    expect([death, bodies(queue.messages)]).to.deep.equal(['killed', ['a1', 'a2']]);
    crashes = false;
    await redriveDeadLetters(sweep(), all, publish);
    expect([calls.flat(), queue.messages]).to.deep.equal([['a1', 'a1', 'a2'], []]);
  });

  it('given two copies of a message, then one is sent and both are deleted', async () => {
    const body = JSON.stringify(envelope({ type: 'T', order_id: '0190a0a0-0000-7000-8000-000000000001' }));
    const copies = ['1', '2'].map((MessageId) => ({ ...received('a', body), MessageId }));
    const { queue, sweep } = sweepOver(copies);
    const result = await redriveDeadLetters(sweep(), all, publish);
    expect([calls.flat(), result.redriven, queue.messages]).to.deep.equal([[body], 1, []]);
  });

  it('given a message that fails again during the redrive, then it stays and does not count as a copy', async () => {
    const body = JSON.stringify(envelope({ type: 'T', order_id: '0190a0a0-0000-7000-8000-000000000001' }));
    const [first, again] = ['1', '2'].map((MessageId) => ({ ...received('a', body), MessageId }));
    const batches = [[first!], [again!]];
    const removed: Message[] = [];
    const sweep: DeadLetterSweep = {
      next: () => Promise.resolve(batches.shift() ?? []),
      remove: (messages) => Promise.resolve((removed.push(...messages), [...messages])),
      end: () => Promise.resolve(),
    };
    const result = await redriveDeadLetters(sweep, all, publish);
    expect([calls.flat(), result, removed]).to.deep.equal([
      [body],
      { redriven: 1, failed: 0, skipped: 0 },
      [first],
    ]);
  });

  it('given envelope ids or message ids, then only those messages are sent, each with a new deduplication id', async () => {
    const letter = envelope({ type: 'T', order_id: '0190a0a0-0000-7000-8000-000000000001' });
    const known = { ...received('a', JSON.stringify(letter)), MessageId: 'm1' };
    const { queue, sweep } = sweepOver([known, received('b', 'b1'), received('c', 'c1')]);
    const deduplicationIds: string[] = [];
    const result = await redriveDeadLetters(
      sweep(),
      selectDeadLetters([letter.id, 'c1', 'unknown']),
      (messages) => {
        deduplicationIds.push(...messages.map(({ deduplicationId }) => deduplicationId));
        return publish(messages);
      },
    );
    expect(result).to.deep.equal({ redriven: 2, failed: 0, skipped: 1 });
    expect(bodies(queue.messages)).to.deep.equal(['b1']);
    expect(deduplicationIds[0]).to.match(new RegExp(`^${letter.id}:redrive-[\\da-f-]{36}$`));
  });
});

describe('a drop', () => {
  it('given a crash during the deletion, then the possibly deleted messages are already logged', async () => {
    const recorded: string[][] = [];
    const { sweep } = sweepOver([received('a', 'a1')]);
    const dying = { ...sweep(), remove: () => Promise.reject(new Error('died')) };
    const error = await dropDeadLetters(dying, selectDeadLetters(null), (ids) => recorded.push(ids)).catch(
      (thrown: Error) => thrown.message,
    );
    expect([error, recorded]).to.deep.equal(['died', [['a1']]]);
  });

  it('given a message that cannot be deleted, then it counts as failed', async () => {
    const { sweep } = sweepOver(
      ['a1', 'b1'].map((body) => received(body[0]!, body)),
      (wanted) => wanted.filter(({ Body }) => Body !== 'a1'),
    );
    const result = await dropDeadLetters(sweep(), selectDeadLetters(null), () => undefined);
    expect(result).to.deep.equal({ dropped: 1, failed: 1, skipped: 0 });
  });
});

describe('a sweep', () => {
  it('given messages that are received a second time, then it ends, and makes each visible with its latest receipt', async () => {
    const sqs = fakeSqs();
    sqs.batches = [[received('a', 'a1')], [{ ...received('a', 'a1'), ReceiptHandle: 'later' }]];
    const sweep = sweepDeadLetters({
      client: sqs.client,
      queueUrl: 'url',
      logger: silentLogger,
      visibilitySeconds: 10,
      waitSeconds: 0,
    });
    expect(bodies(await sweep.next())).to.deep.equal(['a1']);
    expect(await sweep.next()).to.deep.equal([]);
    await sweep.end();
    expect(sqs.visibility).to.deep.equal([['later', 0]]);
  });
});

describe('access to the dead letters', () => {
  it('given queues that do not answer, then they are unavailable; given an unknown queue, then it is not found', async () => {
    const sqs = fakeSqs();
    sqs.before = () => Promise.reject(new Error('connection lost'));
    const resolveQueueUrl = () => Promise.resolve('url');
    const deadLetters = createDeadLetters({ client: sqs.client, resolveQueueUrl, logger: silentLogger });
    const codeOf = (work: Promise<unknown>) => work.catch((error: AppError) => error.code);
    for (const work of [
      deadLetters.stateOf(ORDERS_QUEUE),
      deadLetters.peek(ORDERS_QUEUE, 1),
      deadLetters.redrive(ORDERS_QUEUE, null, 'me'),
      deadLetters.drop(ORDERS_QUEUE, null, 'me'),
    ])
      expect(await codeOf(work)).to.equal('unavailable');
    expect(await codeOf(deadLetters.peek('orders-dlq.fifo', 1))).to.equal('queue_not_found');
  });
});

describe('a dead letter in the API', () => {
  it('given copies of which one has a reason, then that copy is shown', async () => {
    const body = JSON.stringify(envelope({ type: 'T', order_id: '0190a0a0-0000-7000-8000-000000000001' }));
    const Reason = { DataType: 'String', StringValue: 'why' };
    const copies = ['1', '2', '3'].map((MessageId) => ({ ...received('a', body), MessageId }));
    Object.assign(copies[1]!, { MessageAttributes: { Reason } });
    const [shown, ...others] = await peekDeadLetters(sweepOver(copies).sweep());
    expect([toDeadLetter(shown!).reason, others]).to.deep.equal(['why', []]);
  });

  it('given invalid attributes, or any body, then it still conforms to the contract', () => {
    const text = (StringValue: string) => ({ DataType: 'String', StringValue });
    const attributes = { FailedAt: text('yesterday'), SentAt: text(''), Receives: text('many') };
    for (const body of ['', '[]', 'null', '{"id":1}', 'ä'.repeat(200_000), '\ud800']) {
      const shown = toDeadLetter({ ...received('g', body), MessageAttributes: attributes });
      expect(deadLetterResource.safeParse(shown).success, body.slice(0, 9)).to.equal(true);
      expect(shown).to.include({ failed_at: null, receives: 5, envelope_id: null });
      expect(Buffer.byteLength(shown.body as string)).to.be.at.most(256_000);
    }
  });
});
