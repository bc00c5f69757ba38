import { join } from 'node:path';
import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { NOTICE_TYPES } from '../../../src/order-service/webhooks/domain/notice';
import { ORDER_EVENT_TYPES } from '../../../src/shared/contracts/public-event';
import { giveFeedPositions } from '../../../src/shared/event-log/event-sequencer';
import { migrate } from '../../../src/shared/postgres/migrate';
import { migrationSources } from '../../../src/shared/postgres/migration-state';
import { productLogged, writeLogged } from '../../support/catalogue-log';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

describe('webhook endpoints of the time before products', () => {
  let scene: WebhookScene;
  beforeEach(async () => (scene = await webhookScene()));
  afterEach(() => scene.stop());

  /** Applies the migration to endpoints of the previous version. */
  async function migrateEndpoints(): Promise<void> {
    await scene.rows("DELETE FROM schema_migrations WHERE name LIKE '%/0028_%'");
    const { applied } = await migrate(scene.url, migrationSources('order-service', FOLDER));
    expect(applied).to.have.length(1);
  }

  const types = (path: string) => scene.receiver.of(path).map(({ type }) => type);
  const endpoint = async (endpointId: string) =>
    (
      await scene.rows<{ event_types: string[]; version: number }>(
        'SELECT event_types, version FROM webhook_endpoints WHERE endpoint_id = $1',
        [endpointId],
      )
    )[0]!;

  it('given an endpoint without types, then it has the types of orders and notices, and gets no events of products', async () => {
    const former = await scene.endpoint('/former');
    await migrateEndpoints();
    const { event_types: named, version } = await endpoint(former);
    expect(named).to.have.members([...ORDER_EVENT_TYPES, ...NOTICE_TYPES]);
    expect(version, 'the ETag').to.equal(2);
    await scene.endpoint('/new');
    await writeLogged(scene.db, { ...productLogged(uuidv7()), owner: 'shop' });
    await scene.events({ orderId: uuidv7(), version: 1 });
    while ((await giveFeedPositions(scene.db)) > 0);
    await scene.deliver(scene.instance());
    expect(types('/former')).to.deep.equal(['order.created']);
    expect(types('/new')).to.have.members(['product.created', 'order.created']);
  });

  it('given an endpoint that names its types, then it is not changed', async () => {
    const former = await scene.endpoint('/former', { event_types: ['order.shipped'] });
    await migrateEndpoints();
    expect(await endpoint(former)).to.deep.equal({ event_types: ['order.shipped'], version: 1 });
  });
});

const FOLDER = join(__dirname, '..', '..', '..', 'src', 'order-service', 'migrations');
