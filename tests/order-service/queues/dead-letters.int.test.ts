import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { type ApiClient } from '../../support/api-client';
import {
  DEAD_LETTERS,
  REDRIVE,
  startDeadLetterScene,
  type DeadLetterScene,
} from '../../support/dead-letter-scene';
import { eventually } from '../../support/eventually';

describe('the dead letters', () => {
  let scene: DeadLetterScene;
  let shop: ApiClient;
  let operator: ApiClient;
  before(async () => {
    scene = await startDeadLetterScene();
    ({ shop, operator } = scene);
  });
  after(() => scene.stop());
  beforeEach(() => {
    scene.warehouse.isShut = true;
  });
  afterEach(() => scene.drop('all=true'));

  it('given poison and a failing handler, then both messages are dead letters with the reason, and reading changes nothing', async () => {
    await scene.queues.send(ORDERS_QUEUE, 'poison', 'not json');
    const [[orderId, envelopeId]] = [...(await scene.deadOrders(1))] as [[string, string]];
    const first = await operator.get(DEAD_LETTERS);
    const second = await operator.get(DEAD_LETTERS);
    expect(second.body).to.deep.equal(first.body);
    expect(first.body.data).to.have.length(2);
    const letter = first.body.data.find((one: { order_id: string }) => one.order_id === orderId);
    expect(letter).to.include({
      envelope_id: envelopeId,
      type: 'ORDER_CREATED',
      reason: 'the warehouse is shut',
      receives: 5,
    });
    expect(letter.body).to.deep.include({ id: envelopeId, order_id: orderId, version: 1 });
    expect(letter.failed_at >= letter.sent_at).to.equal(true);
    const poison = first.body.data.find((one: { order_id: string }) => one.order_id === 'poison');
    expect(poison).to.include({ envelope_id: null, type: null, body: 'not json' });
    const [queue, other] = await eventually(async () => {
      const { data } = (await operator.get('/queues')).body;
      expect([data[0].depth, data[0].in_flight, data[0].delayed]).to.deep.equal([0, 0, 0]);
      return data;
    });
    expect(queue).to.include({ name: ORDERS_QUEUE, dead_letters: 2, oldest_unpublished_age_seconds: null });
    expect(queue.oldest_dead_letter_age_seconds).to.be.within(0, 30);
    expect(other).to.deep.include({
      name: DELIVERY_STATUS_QUEUE,
      dead_letters: 0,
      oldest_dead_letter_age_seconds: null,
      oldest_unpublished_age_seconds: null,
    });
  });

  it('given more dead letters than one receive returns, then all are listed up to the limit, the oldest first', async () => {
    const found = await scene.deadOrders(23);
    const { data } = (await operator.get(`${DEAD_LETTERS}?limit=100`)).body;
    expect(data.map((letter: { order_id: string }) => letter.order_id)).to.have.members([...found.keys()]);
    const times = data.map((letter: { failed_at: string }) => letter.failed_at);
    expect(times).to.deep.equal(times.toSorted());
    expect((await operator.get(`${DEAD_LETTERS}?limit=3`)).body.data).to.deep.equal(data.slice(0, 3));
  });

  it('given selected dead letters, when they are dropped, then they are deleted, and the log names them and the client', async () => {
    await scene.queues.send(ORDERS_QUEUE, 'poison', '{}');
    const [, second] = [...(await scene.deadOrders(2)).values()] as [string, string];
    const poison = await eventually(async () => {
      const { data } = (await operator.get(DEAD_LETTERS)).body;
      const found = data.find((letter: { order_id: string }) => letter.order_id === 'poison');
      expect(found).not.to.equal(undefined);
      return found.message_id as string;
    });
    scene.warnings.length = 0;
    const { body } = await scene.drop(`message_id=${second}&message_id=${poison}&message_id=${randomUUID()}`);
    expect(body).to.deep.equal({ dropped: 2, failed: 0, skipped: 1 });
    const lines = scene.warnings.filter(({ message }) => message === 'dead letter dropped');
    for (const { fields } of lines)
      expect(fields).to.deep.include({ actor: 'demo-operator', queue: ORDERS_QUEUE });
    const ids = lines.map(({ fields }) => fields as { event_id?: string; message_id: string });
    expect(ids.map((line) => line.event_id ?? line.message_id)).to.have.members([second, poison]);
    expect(await scene.deadLetterCount()).to.equal(1);
  });

  it('given neither ids nor all=true, or both, then nothing is dropped', async () => {
    await scene.queues.send('orders-dlq.fifo', 'g', 'stays');
    for (const query of ['', 'all=false', `all=true&message_id=${randomUUID()}`])
      expect((await scene.drop(query)).body.code).to.equal('validation_failed');
    expect(await scene.deadLetterCount()).to.equal(1);
  });

  it('given a message that SQS itself moved, then it has no reason', async () => {
    await scene.queues.send('orders-dlq.fifo', 'g', 'aside');
    const [letter] = (await operator.get(DEAD_LETTERS)).body.data;
    expect(letter).to.include({ reason: null, failed_at: null, body: 'aside' });
  });

  it('given a shop, then every operation is forbidden', async () => {
    const answers = [
      await shop.get('/queues'),
      await shop.get(DEAD_LETTERS),
      await shop.post(REDRIVE),
      await scene.drop('all=true', shop),
    ];
    expect(answers.map(({ status }) => status)).to.deep.equal([403, 403, 403, 403]);
  });

  it('given an unknown queue or a dead-letter queue, then 404', async () => {
    for (const name of ['nothing', 'orders-dlq.fifo', '%2Fx', "';--"]) {
      for (const answer of [
        await operator.get(`/queues/${name}/dead-letters`),
        await operator.post(`/queues/${name}/redrive`),
      ])
        expect([answer.status, answer.body.code]).to.deep.equal([404, 'queue_not_found']);
    }
  });
});
