import { randomUUID } from 'node:crypto';
import { type SQSClient } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import sinon from 'sinon';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { appendEvents } from '../../../src/shared/event-log/append-events';
import { createEventRelay } from '../../../src/shared/event-log/event-relay';
import { countUnpublished, resendEvents } from '../../../src/shared/event-log/outbox';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { parseMessageBody } from '../../../src/shared/queue/message-body';
import { queueUrls } from '../../../src/shared/queue/queue-topology';
import { testEnvironment } from '../../support/environment';
import { testSubject } from '../../support/outbox-scene';
import { rowsOf } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';
import { testQueues, type TestQueues } from '../../support/sqs-messages';

const LIMITS = {
  DATABASE_POOL_MAX: 4,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 5_000,
  DATABASE_PREPARED_STATEMENTS: true,
};
const ORIGIN = { actor: 'test', correlationId: 'c', traceparent: 't' };

describe('the event relay with a real queue', () => {
  let url: string;
  let database: ServiceDatabase;
  let queues: TestQueues;
  let prefix: string;
  before(async () => {
    const environment = await testEnvironment();
    url = environment['ORDER_DATABASE_URL']!;
    prefix = environment['QUEUE_NAME_PREFIX']!;
    queues = testQueues(environment);
    database = createDatabase(url, 'queue-relay-test', LIMITS, silentLogger);
  });
  after(async () => {
    queues.client.destroy();
    await database.stop();
  });
  afterEach(() => sinon.restore());

  const relay = () =>
    createEventRelay({
      db: database,
      client: queues.client,
      resolveQueueUrl: queueUrls(queues.client, prefix),
      logger: silentLogger,
    });
  const drained = async (): Promise<number[]> =>
    (await queues.drain(ORDERS_QUEUE)).map(({ Body }) => parseMessageBody(Body ?? '').version);

  it('given a relay that crashes after sending and before marking, when another continues, then the queue has each event once, in order', async () => {
    await append(randomUUID(), 3);
    crashAfterSending();
    expect(
      await relay()
        .runOnce()
        .catch((error: unknown) => error),
    ).to.have.property('kind', 'unavailable');
    expect(await countUnpublished(database), 'nothing is marked').to.equal(3);
    for (let step = 0; step < 3; step += 1) await relay().runOnce();
    expect(await countUnpublished(database)).to.equal(0);
    expect(await drained()).to.deep.equal([1, 2, 3]);
  });

  it('given a delivered event, when it is deliberately sent again, then the queue does not deduplicate it', async () => {
    const orderId = randomUUID();
    await append(orderId, 1);
    await relay().runOnce();
    expect(await drained()).to.deep.equal([1]);
    const resend = { subjectIds: [orderId], type: 'TESTED', queue: ORDERS_QUEUE, afterSeconds: 0 };
    await database.transaction((tx) => resendEvents(tx, resend));
    await relay().runOnce();
    expect(await drained()).to.deep.equal([1]);
  });

  /** The next batch reaches the queue, then the relay's connection is closed. */
  function crashAfterSending(): void {
    const send = queues.client.send.bind(queues.client) as (command: unknown) => Promise<unknown>;
    const stub = sinon.stub(queues.client, 'send') as unknown as sinon.SinonStub<
      Parameters<SQSClient['send']>,
      unknown
    >;
    stub.callsFake(async (command) => {
      const answer = await send(command);
      if (command.constructor.name === 'SendMessageBatchCommand') {
        stub.restore();
        await rowsOf(
          url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'queue-relay-test' AND state = 'idle in transaction'`,
        );
      }
      return answer;
    });
  }

  async function append(orderId: string, versions: number): Promise<void> {
    await database.transaction(async (tx) => {
      for (let version = 1; version <= versions; version += 1) {
        const event = { ...testSubject(orderId), version, type: 'TESTED', payload: {}, queue: ORDERS_QUEUE };
        appendEvents(tx, [{ ...event, ...ORIGIN, eventId: randomUUID(), occurredAt: new Date() }]);
      }
    });
  }
});
