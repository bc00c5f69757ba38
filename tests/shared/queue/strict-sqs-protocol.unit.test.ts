import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SendMessageBatchCommand,
  type SendMessageBatchRequestEntry,
} from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { bodiesOf, errorOf, serveQueue, type ServedQueue } from '../../support/strict-sqs/served-queue';
import { type StrictSqsServer } from '../../support/strict-sqs/server';

describe('the simulated SQS: protocol and injected faults', () => {
  let queue: ServedQueue;
  let sqs: StrictSqsServer;
  beforeEach(async () => {
    queue = await serveQueue();
    sqs = queue.sqs;
  });
  afterEach(() => queue.stop());

  describe('answers and refusals', () => {
    it('given attributes, then the requested ones are returned, with digests that the SDK accepts', async () => {
      const MessageAttributes = {
        'shop.name': { DataType: 'String', StringValue: 'é' },
        weight: { DataType: 'Number.int', StringValue: '7' },
        raw: { DataType: 'Binary', BinaryValue: Buffer.from([0, 255]) },
      };
      const trace = { AWSTraceHeader: { DataType: 'String' as const, StringValue: 'Root=1' } };
      const sent = await queue.send('g', 'a', { MessageAttributes, MessageSystemAttributes: trace });
      const all = {
        MessageSystemAttributeNames: ['All' as const],
        MessageAttributeNames: ['All'],
        VisibilityTimeout: 0,
      };
      const [message] = await queue.receive(all);
      expect(message!.MD5OfMessageAttributes).to.equal(sent.MD5OfMessageAttributes);
      expect(Buffer.from(message!.MessageAttributes!['raw']!.BinaryValue!)).to.deep.equal(
        Buffer.from([0, 255]),
      );
      expect(message!.Attributes).to.include({
        SequenceNumber: sent.SequenceNumber!,
        AWSTraceHeader: 'Root=1',
      });
      const [some] = await queue.receive({ MessageAttributeNames: ['shop.*'] });
      expect(Object.keys(some!.MessageAttributes!)).to.deep.equal(['shop.name']);
      expect(some!.Attributes).to.equal(undefined);
      const { Attributes } = await queue.client.send(
        new GetQueueAttributesCommand({ QueueUrl: queue.url, AttributeNames: ['All'] }),
      );
      expect(Attributes).to.include({
        ApproximateNumberOfMessages: '0',
        ApproximateNumberOfMessagesNotVisible: '1',
        DeduplicationScope: 'messageGroup',
      });
    });

    const entry = (Id: string, MessageBody = Id): SendMessageBatchRequestEntry => ({
      ...{ Id, MessageBody },
      ...{ MessageGroupId: 'g', MessageDeduplicationId: Id },
    });
    const batch = (Entries: SendMessageBatchRequestEntry[]) =>
      queue.client.send(new SendMessageBatchCommand({ QueueUrl: queue.url, Entries }));

    const REFUSED_BATCHES: [name: string, entries: SendMessageBatchRequestEntry[]][] = [
      ['EmptyBatchRequest', []],
      ['TooManyEntriesInBatchRequest', [...Array(11).keys()].map((n) => entry(String(n)))],
      ['BatchEntryIdsNotDistinct', [entry('1'), entry('1')]],
      ['InvalidBatchEntryId', [entry('a b')]],
      ['BatchRequestTooLong', [entry('1', 'x'.repeat(131_073)), entry('2', 'x'.repeat(131_072))]],
    ];
    for (const [name, entries] of REFUSED_BATCHES) {
      it(`given a batch with a fault of the whole batch, then it is refused as a whole: ${name}`, async () => {
        expect((await errorOf(batch(entries))).name).to.equal(name);
        expect(sqs.messages(ORDERS_QUEUE)).to.deep.equal([]);
      });
    }

    it('given a batch with invalid entries, then those are refused by id and the others are accepted', async () => {
      const { Successful, Failed } = await batch([
        entry('good'),
        entry('bad', 'a\uffff'),
        { ...entry('alone'), MessageGroupId: undefined },
        { ...entry('late'), DelaySeconds: 5 },
      ]);
      expect(Successful!.map(({ Id }) => Id)).to.deep.equal(['good']);
      expect(Failed!.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault])).to.deep.equal([
        ['bad', 'InvalidMessageContents', true],
        ['alone', 'MissingParameter', true],
        ['late', 'InvalidParameterValue', true],
      ]);
      const [good] = await queue.receive();
      const Entries = [
        { Id: '0', ReceiptHandle: good!.ReceiptHandle },
        { Id: '1', ReceiptHandle: 'nonsense' },
      ];
      const removed = await queue.client.send(
        new DeleteMessageBatchCommand({ QueueUrl: queue.url, Entries }),
      );
      expect(removed.Failed!.map(({ Id, Code }) => [Id, Code])).to.deep.equal([
        ['1', 'ReceiptHandleIsInvalid'],
      ]);
      expect(sqs.messages(ORDERS_QUEUE)).to.deep.equal([]);
    });

    const nameless = { MessageDeduplicationId: undefined };
    const REFUSED_CALLS: [name: string, call: () => Promise<unknown>][] = [
      ['QueueDoesNotExist', () => queue.receive({ QueueUrl: `${sqs.endpoint}/000000000000/none.fifo` })],
      ['QueueDoesNotExist', () => queueUrls(queue.client)('none.fifo')],
      ['QueueNameExists', () => create({ VisibilityTimeout: '1' })],
      ['InvalidAttributeName', () => create({ Colour: 'red' }, 'new.fifo')],
      ['InvalidAttributeValue', () => create({ VisibilityTimeout: 'long' }, 'new.fifo')],
      ['InvalidParameterValue', () => queue.send('g', 'a', nameless)],
      ['InvalidParameterValue', () => queue.send('a b', 'a')],
      ['InvalidParameterValue', () => queue.send('g', 'x', { MessageBody: 'x'.repeat(262_145) })],
      ['InvalidParameterValue', () => queue.receive({ MaxNumberOfMessages: 11 })],
      ['MissingParameter', () => queue.send('g', 'a', { MessageBody: '' })],
      ['UnknownOperationException', () => queue.client.send(new ListQueuesCommand({}))],
    ];
    const create = (attributes: Record<string, string>, QueueName: string = ORDERS_QUEUE) =>
      queue.client.send(
        new CreateQueueCommand({ QueueName, Attributes: { FifoQueue: 'true', ...attributes } }),
      );
    for (const [place, [name, call]] of REFUSED_CALLS.entries()) {
      it(`given call ${place} of those that SQS refuses, then the error is ${name}`, async () => {
        expect((await errorOf(call())).name).to.equal(name);
      });
    }
  });

  describe('injected faults', () => {
    it('given a lost reply, then the action was executed; given a failure, then it was not', async () => {
      sqs.faults.loseReply('SendMessage', 2);
      expect(await errorOf(queue.send('g', 'a'))).to.have.property('code', 'ECONNRESET');
      sqs.faults.fail('SendMessage', 'InternalFailure', 2);
      expect((await errorOf(queue.send('g', 'b'))).name).to.equal('InternalFailure');
      expect(sqs.faults.isOver()).to.equal(true);
      expect(sqs.messages(ORDERS_QUEUE).map(({ body }) => body)).to.deep.equal(['a']);
    });

    it('given an entry to refuse, then the other entries are executed', async () => {
      sqs.faults.refuseEntry('SendMessageBatch', 1);
      const entries = ['a', 'b', 'c'].map((Id) => ({
        ...{ Id, MessageBody: Id, MessageGroupId: Id, MessageDeduplicationId: Id },
      }));
      const answer = await queue.client.send(
        new SendMessageBatchCommand({ QueueUrl: queue.url, Entries: entries }),
      );
      expect(answer.Failed).to.have.length(1);
      expect(answer.Failed![0]).to.include({ Id: 'b', Code: 'InternalFailure', SenderFault: false });
      expect(sqs.messages(ORDERS_QUEUE).map(({ body }) => body)).to.deep.equal(['a', 'c']);
    });

    it('given a message to deliver three times, then it is received again after each delete, before later messages', async () => {
      sqs.deliver(ORDERS_QUEUE, 3, ({ body }) => body === 'a');
      await queue.send('g', 'a');
      await queue.send('g', 'b');
      const seen: (string | undefined)[] = [];
      for (let n = 0; n < 5; n += 1) {
        const [message] = await queue.receive({ MaxNumberOfMessages: 1 });
        seen.push(message?.Body);
        if (message) await queue.remove(message);
      }
      expect(seen).to.deep.equal(['a', 'a', 'a', 'b', undefined]);
    });

    it('given a replay, then the old message is received after the newer ones', async () => {
      await queue.send('g', 'a');
      await queue.remove((await queue.receive())[0]!);
      await queue.send('g', 'b');
      sqs.replay(ORDERS_QUEUE, ({ body }) => body === 'a');
      expect(bodiesOf(await queue.receive())).to.deep.equal(['b', 'a']);
    });
  });
});
