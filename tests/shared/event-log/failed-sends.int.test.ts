import { SQSServiceException } from '@aws-sdk/client-sqs';
import { expect } from 'chai';
import { ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { countUnpublished } from '../../../src/shared/event-log/outbox';
import { outboxScene, takeSteps, type OutboxScene } from '../../support/outbox-scene';
import { rowsOf } from '../../support/rows';

const STATUS_QUEUE = 'delivery-status-queue.fifo';

describe('failed sends of events', () => {
  let scene: OutboxScene;
  beforeEach(async () => (scene = await outboxScene()));
  afterEach(() => scene.stop());

  it('given a call that is refused because of one of its ten events, then nine are sent and one counts as refused', async () => {
    const [culprit] = await scene.append(1, 1, { isBad: true });
    scene.sqs.refuseEntry = () => null;
    const good = await scene.append(9, 1);
    for (const code of [
      'InvalidMessageContents',
      'BatchRequestTooLong',
      'InvalidParameterValue',
      'Unheard',
    ]) {
      await rowsOf(
        scene.url,
        `TRUNCATE outbox, publications;
         INSERT INTO outbox (seq, subject_id, version, queue)
         SELECT seq, subject_id, version, 'orders-queue.fifo' FROM events ORDER BY seq`,
      );
      scene.sqs.sent.length = 0;
      scene.sqs.refuseCall = (entries) => {
        if (entries.some(({ MessageGroupId }) => MessageGroupId === culprit)) throw serviceError(code, 400);
      };
      await scene.relay().runOnce();
      expect(new Set(scene.sqs.sent.map(({ MessageGroupId }) => MessageGroupId)), code).to.deep.equal(
        new Set(good),
      );
      expect(await scene.attemptsOf(culprit!), code).to.equal(1);
    }
  });

  for (const [name, refuse] of [
    ['per entry, RequestThrottled', () => (scene.sqs.refuseEntry = () => 'RequestThrottled: slow down')],
    [
      'per entry, by its older name',
      () => (scene.sqs.refuseEntry = () => 'AWS.SimpleQueueService.OverLimit: slow'),
    ],
    ['per entry, by KMS', () => (scene.sqs.refuseEntry = () => 'KMS.ThrottlingException: slow down')],
    ['the call as a whole', () => (scene.sqs.refuseCall = throwing('RequestThrottled', 403))],
    ['the call as a whole, OverLimit', () => (scene.sqs.refuseCall = throwing('OverLimit', 403))],
    ['the call as a whole, by KMS', () => (scene.sqs.refuseCall = throwing('KmsThrottled', 400))],
    ['access denied', () => (scene.sqs.refuseCall = throwing('AccessDeniedException', 403))],
    [
      'a KMS key that is disabled, per entry',
      () => (scene.sqs.refuseEntry = () => 'KMS.DisabledException: no'),
    ],
    ['a deleted queue', () => (scene.sqs.refuseCall = throwing('QueueDoesNotExist', 400))],
    ['an error of the server', () => (scene.sqs.refuseCall = throwing('InternalFailure', 500))],
    [
      'no answer',
      () =>
        (scene.sqs.refuseCall = () => {
          throw new Error('socket hang up');
        }),
    ],
  ] as [name: string, refuse: () => void][]) {
    it(`given ${name}, then no event counts as refused, and the next step after the fault sends all`, async () => {
      const orders = await scene.append(30, 1);
      refuse();
      const loop = scene.relay();
      expect(await loop.runOnce().catch((error: Error) => error.message)).to.contain('accepted no event');
      expect(scene.refusals).to.equal(0);
      scene.sqs.refuseEntry = () => null;
      scene.sqs.refuseCall = () => undefined;
      await loop.runOnce();
      expect(scene.sqs.sent).to.have.length(orders.length);
    });
  }

  it('given 250 throttled orders at the head of the outbox, then later orders are sent too', async () => {
    const throttled = new Set(await scene.append(250, 1));
    scene.sqs.refuseEntry = ({ MessageGroupId }) =>
      throttled.has(MessageGroupId) ? 'RequestThrottled: slow down' : null;
    const loop = scene.relay();
    await loop.runOnce().catch(() => undefined);
    const [good] = await scene.append(1, 1);
    expect(await loop.runOnce()).to.equal('throttled');
    expect(scene.sentVersions(good!)).to.deep.equal([1]);
    scene.sqs.refuseEntry = () => null;
    await takeSteps(loop, 3);
    expect(scene.sqs.sent).to.have.length(251);
  });

  it('given one call without an answer, then the next step sends its events one by one, and only the faulty event is refused', async () => {
    const [culprit] = await scene.append(1, 1);
    const orders = await scene.append(29, 1);
    scene.sqs.refuseCall = (entries) => {
      if (entries.some(({ MessageGroupId }) => MessageGroupId === culprit)) throw new Error('socket hang up');
    };
    const loop = scene.relay();
    await loop.runOnce();
    await scene.append(1, 1);
    await loop.runOnce();
    expect(scene.sqs.sent).to.have.length(orders.length + 1);
    expect([await scene.attemptsOf(culprit!), scene.refusals]).to.deep.equal([1, 1]);
  });

  it('given two queues of which one is unavailable, then the events for the other are sent', async () => {
    await scene.append(250, 1);
    const [status] = await scene.append(1, 1, { queue: STATUS_QUEUE });
    const loop = scene.relay((name) =>
      name === ORDERS_QUEUE ? Promise.reject(serviceError('QueueDoesNotExist', 400)) : Promise.resolve(name),
    );
    for (let step = 0; step < 2; step += 1) await loop.runOnce().catch(() => undefined);
    expect(scene.sentVersions(status!)).to.deep.equal([1]);
    const [next] = await scene.append(1, 1, { queue: STATUS_QUEUE });
    await loop.runOnce();
    expect(scene.sentVersions(next!)).to.deep.equal([1]);
    expect(await countUnpublished(scene.database)).to.equal(250);
  });
});

const throwing = (code: string, status: number) => (): never => {
  throw serviceError(code, status);
};

function serviceError(name: string, httpStatusCode: number): SQSServiceException {
  const $fault = httpStatusCode < 500 ? 'client' : 'server';
  return new SQSServiceException({ name, message: 'no', $fault, $metadata: { httpStatusCode } });
}
