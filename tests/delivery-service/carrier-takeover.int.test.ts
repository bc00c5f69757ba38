import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { type Carrier } from '../../src/delivery-service/carriers/carrier';
import { manualCarrier } from '../../src/delivery-service/carriers/manual-carrier';
import { simulatedCarrier } from '../../src/delivery-service/carriers/simulated-carrier';
import { createAcceptOrder } from '../../src/delivery-service/services/accept-order';
import { createCarrierTakeover } from '../../src/delivery-service/workers/carrier-takeover';
import { orderCreated } from '../../src/shared/contracts/messages';
import { createDatabase, type ServiceDatabase } from '../../src/shared/postgres/database';
import { createTestDatabase } from '../support/databases';
import { envelope, orderSnapshot } from '../support/messages';
import { rowsOf } from '../support/rows';
import { silentLogger } from '../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 5,
  DATABASE_CONNECT_TIMEOUT_MS: 2_000,
  DATABASE_QUERY_TIMEOUT_MS: 2_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

describe('a change of the carrier', () => {
  const simulated = simulatedCarrier({ stepMs: 20_000, failureRate: 0 });
  let url: string;
  let database: ServiceDatabase;
  beforeEach(async () => {
    url = await createTestDatabase('delivery-service');
    database = createDatabase(url, 'takeover-test', LIMITS, silentLogger);
  });
  afterEach(() => database.stop());

  it('given shipments of the manual carrier, when the simulated carrier is configured, then they are due at its pace', async () => {
    await accept(manualCarrier());
    expect(await waits()).to.satisfy(([wait]: number[]) => wait! > 3_000);
    await takeOver(simulated);
    expect(await waits()).to.satisfy(([wait]: number[]) => wait! <= 20);
  });

  it('given shipments that are already its own, held or ended, then they are not changed', async () => {
    for (const carrier of [manualCarrier(), simulated]) await accept(carrier);
    await rowsOf(
      url,
      "UPDATE shipments SET next_step_at = NULL WHERE next_step_at > now() + interval '1 min'",
    );
    await rowsOf(
      url,
      "UPDATE shipments SET next_step_at = now() + interval '1 s' WHERE next_step_at IS NOT NULL",
    );
    const stood = await rowsOf(url, 'SELECT next_step_at FROM shipments ORDER BY order_id');
    for (const carrier of [simulated, manualCarrier()]) await takeOver(carrier);
    expect(await rowsOf(url, 'SELECT next_step_at FROM shipments ORDER BY order_id')).to.deep.equal(stood);
  });

  it('given shipments of the simulated carrier, when the manual carrier is configured, then they do not advance by themselves', async () => {
    await accept(simulated);
    const stood = await rowsOf(url, 'SELECT next_step_at FROM shipments');
    await takeOver(manualCarrier());
    expect(await rowsOf(url, 'SELECT next_step_at FROM shipments')).to.deep.equal(stood);
  });

  async function accept({ firstPollInMs }: Carrier): Promise<void> {
    const message = orderCreated.parse(
      envelope({ type: 'ORDER_CREATED', order_id: randomUUID(), payload: orderSnapshot }),
    );
    const origin = { actor: 'test', correlationId: 'c', traceparent: 't' };
    await createAcceptOrder({ db: database, firstPollInMs, logger: silentLogger })({ message, origin });
  }

  async function takeOver(carrier: Carrier): Promise<void> {
    expect(await createCarrierTakeover({ db: database, carrier, logger: silentLogger }).runOnce()).to.equal(
      'idle',
    );
  }

  /** Seconds until the next step. */
  const waits = async (): Promise<number[]> => {
    const rows = await rowsOf<{ wait: number }>(
      url,
      'SELECT EXTRACT(EPOCH FROM next_step_at - now())::float8 AS wait FROM shipments',
    );
    return rows.map(({ wait }) => wait);
  };
});
