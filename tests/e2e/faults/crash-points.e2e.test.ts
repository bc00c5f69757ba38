import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import '../../../src/delivery-service/composition';
import { composeOrderService, readOrderServiceConfig } from '../../../src/order-service/composition';
import { declaredCrashPoints } from '../../../src/shared/resilience/crash-point';
import { type ApiClient, apiClient, send } from '../../support/api-client';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { SHORT_LEASES, testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { expectDeliveredOnce, placeOrders } from '../../support/guarantees';
import { bearer } from '../../support/oauth';
import { type MailServer, startMailServer } from '../../support/mail-server';
import { writeLowStock } from '../../support/mail-scene';
import { openDatabase } from '../../support/open-database';
import { redriveExhausted } from '../../support/redrive-exhausted';
import { addRefusedEvents } from '../../support/refused-events';
import { countRows, rowsOf } from '../../support/rows';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';
import { thrownBy } from '../../support/thrown-by';
import {
  expectEveryVersion,
  startWebhookReceiver,
  type WebhookReceiver,
} from '../../support/webhook-receiver';

type ServiceName = 'order' | 'delivery';

/** The shared crash points that only one service passes. */
const OF_ONE_SERVICE = new Map<string, readonly ServiceName[]>([['event-feed.after-step', ['order']]]);

/** Which services pass a crash point: the one whose source declares it, or both where the code is shared. */
const PASSED_BY = crashPointsInSources();

/** Many times the lease of what a dead process had received: its successor can die with the same message again. */
const WITHIN_MS = 90_000;

/**
 * Each case arms a point, lets an order run into it, and starts what died again; the books are compared at the end, when the leases of
 * the dead have run out. A message can be received by one dying process after the other until the queue moves it to its dead letters; an
 * operator redrives it. The reconciler is as good as off: it would send again what a relay lost.
 */
describe('crash points', function () {
  this.timeout(WITHIN_MS + 30_000);
  let environment: Record<string, string>;
  let services: Record<ServiceName, ServiceProcess>;
  let client: ApiClient;
  let receiver: WebhookReceiver;
  let mailServer: MailServer;
  let db: ServiceDatabase;
  const placed = new Map<string, Promise<string[]>>();
  before(async () => {
    receiver = await startWebhookReceiver();
    mailServer = await startMailServer();
    environment = await testEnvironment({
      ...SHORT_LEASES,
      RECONCILE_AFTER_SECONDS: '3600',
      SIMULATED_STEP_MS: '50',
      WEBHOOK_TIMEOUT_MS: '1000',
      MAIL_URL: mailServer.url,
      MAIL_FROM: 'orders@system.example',
      LOG_LEVEL: 'error',
    });
    services = {
      order: await serviceProcess('order-service', environment),
      delivery: await serviceProcess('delivery-service', environment),
    };
    environment['ORDER_SERVICE_URL'] = services.order.url;
    environment['DELIVERY_SERVICE_URL'] = services.delivery.url;
    await Promise.all([services.order.start(), services.delivery.start()]);
    client = await apiClient(services.order.url, 'demo-client');
    const endpoint = await client.post('/webhooks', { url: `${receiver.origin}/events` });
    expect(endpoint.status, endpoint.text).to.equal(201);
    db = openDatabase(environment['ORDER_DATABASE_URL']!);
    const lowStock = { enabled: true, recipients: ['ops@shop.example'] };
    expect((await client.put('/notifications/settings', { low_stock: lowStock })).status).to.equal(200);
  });
  after(async () => {
    await Promise.all(Object.values(services).map((service) => service.kill('SIGKILL')));
    await receiver.stop();
    await mailServer.stop();
    await db.stop();
  });

  for (const [point, passedBy] of PASSED_BY) {
    it(`given a process that dies at ${point}, when it is started again, then it goes on`, async () => {
      const doomed = passedBy.map((name) => services[name]);
      await Promise.all(doomed.map((service) => restart(service, { CRASH_POINT: point })));
      placed.set(point, placeOrders([client], 3));
      const died = Promise.all(doomed.map(diesAndComesBack));
      if (point === 'drop-refused.before-commit') await dropWithAnOperator(passedBy);
      if (point.startsWith('notifications.')) await writeLowStock(db, [{ owner: 'demo-client' }]);
      await died;
    });
  }

  it('given all of that, then every order was delivered once, by every status', async () => {
    const operator = await apiClient(services.order.url, 'demo-operator');
    await eventually(async () => {
      await redriveExhausted(operator);
      expect(await pointsWithOpenOrders()).to.deep.equal([]);
    }, WITHIN_MS);
    await expectDeliveredOnce(environment, (await Promise.all(placed.values())).flat(), 1_000);
    expect(await countRows(environment['ORDER_DATABASE_URL']!, 'publications', 'resend > 0')).to.equal(0);
  });

  it('given all of that, then the webhook endpoint got every version of every order, repeats under the same id, and never an earlier one', async () => {
    const orderIds = (await Promise.all(placed.values())).flat();
    await eventually(() => expectEveryVersion(receiver.of('/events'), orderIds, 5), WITHIN_MS);
  });

  it('given all of that, then the mail was sent again under the same Message-ID', async () => {
    await eventually(
      async () =>
        expect(await countRows(environment['ORDER_DATABASE_URL']!, 'mails', "status = 'sent'")).to.equal(1),
      WITHIN_MS,
    );
    const ids = mailServer.received.map(({ headers }) => headers['message-id']?.[0]);
    expect(ids).to.have.length(2);
    expect(ids[1]).to.equal(ids[0]);
  });

  it('given the crash points of both services, then each was tried', () => {
    expect([...PASSED_BY.keys()])
      .to.have.members(declaredCrashPoints())
      .and.to.have.length.above(8);
  });

  it('given a crash point that does not exist, then the service does not start, and says which do', () => {
    const variables = { ...environment, CRASH_POINT: 'place-order.sometime' };
    expect(() => composeOrderService(readOrderServiceConfig(variables))).to.throw(
      /CRASH_POINT: must be one of .*relay\.after-send/,
    );
  });

  it('given production, then a service that shall die does not start', () => {
    const variables = {
      ...environment,
      NODE_ENV: 'production',
      JWT_ISSUER: 'http://localhost:3001',
      WEBHOOK_ALLOW_LOOPBACK: '',
      CRASH_POINT: 'relay.after-send',
    };
    expect(() => composeOrderService(readOrderServiceConfig(variables))).to.throw(/CRASH_POINT.*production/);
  });

  /** Drops a refused event of each service; what the dead process had not committed is done by the repeated request. */
  async function dropWithAnOperator(names: readonly ServiceName[]): Promise<void> {
    const { token } = await apiClient(services.order.url, 'demo-operator');
    const drop = (name: ServiceName) =>
      send(`${services[name].url}/outbox/refused?all=true`, 'DELETE', undefined, bearer(token));
    // The Delivery Service dies first: it checks the token with the Order Service.
    for (const name of names.toReversed()) {
      const url = environment[DATABASES[name]]!;
      await addRefusedEvents(url, 1, { type: 'REFUSED' });
      expect(await thrownBy(drop(name)), name).to.be.instanceOf(Error);
      expect(await countRows(url, 'outbox', 'attempts > 0'), name).to.equal(1);
      expect(await countRows(url, 'dropped_events'), name).to.equal(0);
    }
    for (const name of names) {
      const url = environment[DATABASES[name]]!;
      await eventually(async () => expect((await drop(name)).body).to.include({ dropped: 1 }));
      expect(await countRows(url, 'dropped_events'), name).to.equal(1);
      await rowsOf(url, "DELETE FROM events WHERE type = 'REFUSED'");
    }
  }

  async function pointsWithOpenOrders(): Promise<string[]> {
    const open = await rowsOf<{ order_id: string }>(
      environment['ORDER_DATABASE_URL']!,
      "SELECT order_id FROM orders WHERE status <> 'DELIVERED'",
    );
    const ids = new Set(open.map((row) => row.order_id));
    const all = [...placed].map(async ([point, orders]) =>
      (await orders).some((id) => ids.has(id)) ? [point] : [],
    );
    return (await Promise.all(all)).flat();
  }
});

const DATABASES = { order: 'ORDER_DATABASE_URL', delivery: 'DELIVERY_DATABASE_URL' } as const;

async function restart(service: ServiceProcess, variables: Record<string, string>): Promise<void> {
  await service.kill('SIGKILL');
  await service.start(variables);
}

async function diesAndComesBack(service: ServiceProcess): Promise<void> {
  expect(await service.ended()).to.equal('SIGKILL');
  await service.start();
}

function crashPointsInSources(): Map<string, readonly ServiceName[]> {
  const found = new Map<string, readonly ServiceName[]>();
  for (const path of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.ts')) continue;
    const services = (['order', 'delivery'] as const).filter((name) => path.startsWith(`${name}-service/`));
    for (const [, point = ''] of readFileSync(join('src', path), 'utf8').matchAll(
      /declareCrashPoint\('([^']+)'\)/g,
    ))
      found.set(point, services.length > 0 ? services : (OF_ONE_SERVICE.get(point) ?? ['order', 'delivery']));
  }
  return found;
}
