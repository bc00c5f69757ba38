import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { RETRY_DELAYS_MS } from '../../../src/order-service/webhooks/domain/retry-schedule';
import { type DeliveryDispatcher } from '../../../src/order-service/webhooks/workers/delivery-dispatcher';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('failed attempts of webhooks', () => {
  let scene: WebhookScene;
  let instance: DeliveryDispatcher;

  beforeEach(async () => {
    scene = await webhookScene();
    instance = scene.instance();
  });

  afterEach(() => scene.stop());

  const versions = (path: string): number[] => scene.receiver.of(path).map(({ version }) => version);

  /** Makes the next attempts due, and makes them. */
  async function repeat(): Promise<void> {
    await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity'");
    await scene.rows('UPDATE webhook_endpoints SET paused_until = now() WHERE paused_until IS NOT NULL');
    await scene.deliver(instance);
  }

  it('given an endpoint that fails, then its event is repeated by the schedule, and later events of the order wait', async () => {
    const orderId = uuidv7();
    await scene.endpoint('/a');
    scene.receiver.answer('/a', () => ({ status: 500, body: 'broken' }));
    await scene.events({ orderId, version: 1 }, { orderId, version: 2 });
    await scene.deliver(instance);
    for (const [index, delayMs] of RETRY_DELAYS_MS.entries()) {
      const [row] = await scene.rows<{ wait: number; tries: number }>(
        `SELECT extract(epoch FROM due_at - now())::float8 * 1000 AS wait, tries FROM webhook_queue WHERE version = 1`,
      );
      expect(row?.tries).to.equal(index + 1);
      expect(row?.wait).to.be.within(delayMs - 5_000, delayMs * 1.2);
      await repeat();
    }
    expect(versions('/a')).to.deep.equal([...Array<number>(10).fill(1), 2]);
    const attempts = await scene.rows<{ outcome: string; excerpt: string }>(
      'SELECT outcome, excerpt FROM webhook_attempts WHERE version = 1 ORDER BY attempt',
    );
    expect(attempts.map(({ outcome }) => outcome)).to.deep.equal([
      ...Array<string>(9).fill('retried'),
      'failed',
    ]);
    expect(attempts[0]?.excerpt).to.equal('broken');
  });

  it('given an order whose event waits for its next attempt, then other orders do not wait', async () => {
    const [first, second] = [uuidv7(), uuidv7()];
    await scene.endpoint('/a');
    scene.receiver.answer('/a', ({ orderId }) => ({ status: orderId === first ? 503 : 200 }));
    await scene.events({ orderId: first, version: 1 }, { orderId: second, version: 1 });
    await scene.events({ orderId: first, version: 2 }, { orderId: second, version: 2 });
    await scene.deliver(instance);
    expect(scene.receiver.of('/a').filter(({ orderId }) => orderId === second)).to.have.length(2);
    expect(scene.receiver.of('/a').filter(({ orderId }) => orderId === first)).to.have.length(1);
  });

  it('given a failure and then a success, then each event arrives in order, with the same id and body', async () => {
    const orderId = uuidv7();
    await scene.endpoint('/a');
    scene.receiver.answer('/a', () => ({ status: scene.receiver.of('/a').length === 1 ? 500 : 200 }));
    await scene.events({ orderId, version: 1 }, { orderId, version: 2 }, { orderId, version: 3 });
    await scene.deliver(instance);
    await repeat();
    expect(versions('/a')).to.deep.equal([1, 1, 2, 3]);
    const [first, second] = scene.receiver.of('/a');
    expect(second?.body).to.equal(first?.body);
    expect(second?.id).to.equal(first?.headers['webhook-id']);
    const [state] = await scene.rows(
      'SELECT consecutive_failures, failing_since, paused_until FROM webhook_endpoints',
    );
    expect(state).to.deep.equal({ consecutive_failures: 0, failing_since: null, paused_until: null });
  });

  it('given redirects, then they are failures and are not followed', async () => {
    await scene.endpoint('/a');
    scene.receiver.answer('/a', () => ({ status: 307, headers: { Location: `${scene.receiver.origin}/b` } }));
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    expect(scene.receiver.received.map(({ path }) => path)).to.deep.equal(['/a']);
    expect(await scene.rows('SELECT tries FROM webhook_queue')).to.deep.equal([{ tries: 1 }]);
  });

  for (const [name, header] of [
    ['seconds', () => '3600'],
    ['a date', () => new Date(Date.now() + 3_600_000).toUTCString()],
  ] as const)
    it(`given Retry-After with ${name}, then the next attempt waits as long`, async () => {
      await scene.endpoint('/a');
      scene.receiver.answer('/a', () => ({ status: 429, headers: { 'Retry-After': header() } }));
      await scene.events({ orderId: uuidv7(), version: 1 });
      await scene.deliver(instance);
      const [row] = await scene.rows<{ wait: number }>(
        'SELECT extract(epoch FROM due_at - now())::float8 AS wait FROM webhook_queue',
      );
      expect(row?.wait).to.be.within(3_500, 3_600);
    });

  it('given no answer within the time limit, then the attempt has failed, and says so', async () => {
    instance = scene.instance({ timeLimitMs: 300 });
    await scene.endpoint('/a');
    scene.receiver.answer('/a', () => ({ after: 'never' }));
    await scene.events({ orderId: uuidv7(), version: 1 });
    await scene.deliver(instance);
    const attempts = await scene.rows('SELECT outcome, http_status, error FROM webhook_attempts');
    expect(attempts).to.deep.equal([{ outcome: 'retried', http_status: null, error: 'no response in time' }]);
  });

  it('given ten failures in a row, then the endpoint is paused, and then one delivery at a time tests it until it succeeds', async () => {
    await scene.endpoint('/a');
    let status = 500;
    scene.receiver.answer('/a', () => ({ status }));
    await scene.events(...Array.from({ length: 10 }, () => ({ orderId: uuidv7(), version: 1 })));
    await scene.deliver(instance);
    expect(scene.receiver.received).to.have.length(10);
    const [paused] = await scene.rows<{ wait: number }>(
      'SELECT extract(epoch FROM paused_until - now())::float8 AS wait FROM webhook_endpoints',
    );
    expect(paused?.wait).to.be.within(1, 7);

    await scene.events(...Array.from({ length: 5 }, () => ({ orderId: uuidv7(), version: 1 })));
    await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity'");
    const fresh = scene.instance();
    await fresh.fanOut.runOnce();
    await fresh.deliveries.runOnce();
    await fresh.whenIdle();
    expect(scene.receiver.received).to.have.length(10);

    await scene.rows('UPDATE webhook_endpoints SET paused_until = now()');
    await fresh.deliveries.runOnce();
    await fresh.whenIdle();
    expect(scene.receiver.received).to.have.length(11);
    await fresh.deliveries.runOnce();
    await fresh.whenIdle();
    expect(scene.receiver.received).to.have.length(11);

    status = 200;
    await scene.rows('UPDATE webhook_endpoints SET paused_until = now()');
    await scene.rows("UPDATE webhook_queue SET due_at = now() WHERE due_at < 'infinity'");
    await scene.deliver(fresh);
    expect(await scene.rows('SELECT FROM webhook_queue')).to.deep.equal([]);
    expect(new Set(scene.receiver.received.map(({ id }) => id)).size).to.equal(15);
  });
});
