import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type Transaction } from '../../../src/shared/postgres/queryable';
import { type Settlement, type TakenDelivery } from '../../../src/order-service/webhooks/domain/delivery';
import { lockSubjects } from '../../../src/order-service/webhooks/store/queue-order-store';
import { takeDue } from '../../../src/order-service/webhooks/store/queue-take-store';
import { createFanOut } from '../../../src/order-service/webhooks/use-cases/fan-out-events';
import { settleDeliveries } from '../../../src/order-service/webhooks/use-cases/settle-deliveries';
import { eventually } from '../../support/eventually';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const NO_ANSWER = { latencyMs: 0, httpStatus: 500, error: null, excerpt: null };
const SUCCEEDED: Settlement = { outcome: 'succeeded' };
const RETRIED: Settlement = { outcome: 'retried', delayMs: 60_000 };

describe('the locks of settlements', () => {
  let scene: WebhookScene;
  let endpointId: string;
  let subjects: [string, string];
  let taken: TakenDelivery[];

  beforeEach(async () => {
    scene = await webhookScene();
    endpointId = await scene.endpoint('/a');
    subjects = [uuidv7(), uuidv7()].toSorted() as [string, string];
    await scene.events(...subjects.map((orderId) => ({ orderId, version: 1 })));
    const none = { usual: 0, exceptions: new Map(), total: 0, leaseMs: 60_000 };
    await createFanOut(scene.db)(none, 100);
    taken = await scene.db.transaction((tx) =>
      takeDue(tx, {
        room: new Map([[endpointId, 2]]),
        total: 2,
        mostPerEndpoint: 2,
        leaseMs: 60_000,
        isLast: true,
      }),
    );
    expect(taken).to.have.length(2);
  });

  afterEach(() => scene.stop());

  const settle = (outcomes: readonly Settlement[]): Promise<unknown> =>
    settleDeliveries(scene.db, {
      settled: subjects.map((subjectId, index) => ({
        ...taken.find((one) => one.subjectId === subjectId)!,
        ...outcomes[index]!,
        ...NO_ANSWER,
        attemptedAt: new Date(),
      })),
      takesNext: () => false,
      take: { room: new Map(), total: 0, mostPerEndpoint: 2, leaseMs: 60_000 },
      stretch: 1,
    });

  /** Settles while a transaction holds a lock for which the settlement waits, and then asks for another one. */
  async function settleDuring(
    outcomes: readonly Settlement[],
    first: (tx: Transaction) => unknown,
    second: (tx: Transaction) => unknown,
  ): Promise<void> {
    let settling: Promise<unknown> | undefined;
    await scene.db.transaction(async (tx) => {
      first(tx);
      await tx.query('SELECT');
      settling = settle(outcomes);
      settling.catch(() => undefined);
      await eventually(async () => {
        const waiting = await scene.rows(
          "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        );
        expect(waiting).to.have.length(1);
      });
      second(tx);
      await tx.query('SELECT');
    });
    await settling;
    expect(await scene.rows('SELECT FROM webhook_attempts')).to.have.length(2);
  }

  const lockOrder = (index: 0 | 1) => (tx: Transaction) =>
    lockSubjects(tx, { endpointId, subjectIds: [subjects[index]] });

  it('given a transaction that has locked the endpoint, then the settlement has locked none of its deliveries', () =>
    settleDuring(
      [RETRIED, SUCCEEDED],
      (tx) => tx.send('UPDATE webhook_endpoints SET version = version WHERE endpoint_id = $1', [endpointId]),
      (tx) => lockSubjects(tx, { endpointId, subjectIds: subjects }),
    ));

  for (const [name, outcomes] of [
    ['repeated and a finished', [RETRIED, SUCCEEDED]],
    ['finished and a repeated', [SUCCEEDED, RETRIED]],
  ] as const)
    it(`given a ${name} delivery, when the first one is locked, then the settlement has not locked the second one`, () =>
      settleDuring(outcomes, lockOrder(0), lockOrder(1)));
});
