import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { DELIVERY_STATUS_QUEUE, ORDERS_QUEUE } from '../../../src/shared/contracts/queues';
import { send, type ApiClient } from '../../support/api-client';
import {
  DEAD_LETTERS,
  REDRIVE,
  startDeadLetterScene,
  type DeadLetterScene,
} from '../../support/dead-letter-scene';
import { eventually } from '../../support/eventually';
import { envelope } from '../../support/messages';
import { bearer } from '../../support/oauth';
import { countRows } from '../../support/rows';

describe('a redrive of dead letters', () => {
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

  it('given selected dead letters, when they are redriven, then only these are delivered, and the log names them and the client', async () => {
    const dead = [...(await scene.deadOrders(3))];
    const [[first, firstId], [second], [third, thirdId]] = dead as [
      [string, string],
      [string, string],
      [string, string],
    ];
    scene.warehouse.isShut = false;
    const message_ids = [firstId, thirdId, randomUUID()];
    const { body } = await operator.post(REDRIVE, { message_ids });
    expect(body).to.deep.equal({ redriven: 2, failed: 0, skipped: 1 });
    const lines = scene.warnings.filter(({ message }) => message === 'dead letter redriven');
    for (const { fields } of lines)
      expect(fields).to.deep.include({ actor: 'demo-operator', queue: ORDERS_QUEUE, type: 'ORDER_CREATED' });
    const sent = lines.map(({ fields }) => fields as { order_id: string; event_id: string });
    expect(sent.map((line) => [line.order_id, line.event_id])).to.have.deep.members([
      [first, firstId],
      [third, thirdId],
    ]);
    await scene.delivered([first, third]);
    expect((await shop.get(`/orders/${second}`)).body.status).to.equal('PENDING_SHIPMENT');
    expect(await scene.deadLetterCount()).to.equal(1);
    expect((await operator.post(REDRIVE)).body).to.deep.equal({ redriven: 1, failed: 0, skipped: 0 });
    await scene.delivered([second]);
  });

  it('given new messages of the same and of other orders, when all are redriven, then each order reaches the expected status', async () => {
    const dead = [...(await scene.deadOrders(6)).keys()];
    scene.warehouse.isShut = false;
    const cancelled = dead.slice(0, 2);
    const cancels = cancelled.map((id) => shop.post(`/orders/${id}/cancel`));
    const [redrive, ...others] = await Promise.all([
      operator.post(REDRIVE),
      ...[...Array(10)].map(scene.place),
    ]);
    await Promise.all(cancels);
    expect(redrive.body).to.include({ failed: 0, skipped: 0 });
    await scene.delivered([...dead.slice(2), ...others]);
    await eventually(async () => {
      for (const id of cancelled) {
        const { body } = await shop.get(`/orders/${id}`);
        expect(body.status).to.equal(body.cancellation === 'confirmed' ? 'CANCELLED' : 'DELIVERED');
        expect(body.cancellation).not.to.equal('requested');
      }
    });
    for (const id of [...dead, ...others]) {
      const { data } = (await shop.get(`/orders/${id}/timeline`)).body;
      const versions = data.map((entry: { version: number }) => entry.version);
      expect(versions).to.deep.equal(versions.map((_: number, index: number) => index + 1));
    }
  });

  it('given an outdated status message, when it is redriven, then the order stays delivered', async () => {
    scene.warehouse.isShut = false;
    const orderId = await scene.place();
    await scene.delivered([orderId]);
    const { shipment_id: shipmentId } = (await shop.get(`/orders/${orderId}/shipment`)).body;
    const { body } = await send(
      `${scene.pair.deliveryUrl}/shipments/${shipmentId}/events`,
      'GET',
      undefined,
      bearer(operator.token),
    );
    for (const status of body.data.slice(0, 3))
      await scene.queues.send('delivery-status-dlq.fifo', orderId, JSON.stringify(status));
    const before = (await shop.get(`/orders/${orderId}/timeline`)).body;
    const answer = await operator.post(`/queues/${DELIVERY_STATUS_QUEUE}/redrive`);
    expect(answer.body).to.deep.equal({ redriven: 3, failed: 0, skipped: 0 });
    await eventually(async () => {
      const [, queue] = (await operator.get('/queues')).body.data;
      expect([queue.depth, queue.in_flight, queue.dead_letters]).to.deep.equal([0, 0, 0]);
    });
    expect((await shop.get(`/orders/${orderId}/timeline`)).body).to.deep.equal(before);
  });

  it('given two redrives at once, then each dead letter is sent once, and each order has one shipment', async () => {
    const dead = [...(await scene.deadOrders(25)).keys()];
    scene.warehouse.isShut = false;
    const answers = await Promise.all([operator.post(REDRIVE), operator.post(REDRIVE)]);
    const redriven = answers.map(({ body }) => body.redriven as number);
    expect(redriven[0]! + redriven[1]!).to.equal(25);
    await scene.delivered(dead);
    expect(await scene.deadLetterCount()).to.equal(0);
    const ids = dead.map((id) => `'${id}'`).join();
    const url = scene.pair.environment['DELIVERY_DATABASE_URL']!;
    expect(await countRows(url, 'shipments', `order_id IN (${ids})`)).to.equal(25);
  });

  it('given copies of one message, then they count as one, and one is sent; when it fails again, it is a dead letter again', async () => {
    const orderId = randomUUID();
    const body = JSON.stringify(envelope({ type: 'NOBODY_KNOWS', order_id: orderId }));
    for (let copy = 0; copy < 2; copy += 1) await scene.queues.send('orders-dlq.fifo', orderId, body);
    expect((await operator.get(DEAD_LETTERS)).body.data).to.have.length(1);
    expect((await operator.post(REDRIVE)).body).to.deep.equal({ redriven: 1, failed: 0, skipped: 0 });
    // The queue delivers one message of a group at a time, so the copy is received after the first was sent, and is kept.
    await eventually(async () => expect(await scene.deadLetterCount()).to.equal(2));
    expect((await operator.get(DEAD_LETTERS)).body.data).to.have.length(1);
  });
});
