import { expect } from 'chai';
import { v7 as uuidv7 } from 'uuid';
import { type Database, type Queryable } from '../../../src/shared/postgres/queryable';
import { catchUpEndpoints } from '../../../src/order-service/webhooks/use-cases/catch-up-endpoints';
import { createFanOut } from '../../../src/order-service/webhooks/use-cases/fan-out-events';
import { webhookScene, type WebhookScene } from '../../support/webhook-scene';

const ROOM = { usual: 0, exceptions: new Map<string, number>(), total: 0, leaseMs: 1_000 };

/** Statements of the fan-out after which an endpoint that has caught up joins it. */
const LOOK_UP_OF_CLIENTS = /FROM webhook_endpoints WHERE client_id = ANY/;
const READING_OF_STATE = /^\s*SELECT o\.position, o\.proof/;

describe('webhook endpoints that rejoin the fan-out', () => {
  let scene: WebhookScene;

  beforeEach(async () => {
    scene = await webhookScene();
  });

  afterEach(() => scene.stop());

  const queued = async (id: string): Promise<number> =>
    (await scene.rows('SELECT FROM webhook_queue WHERE endpoint_id = $1', [id])).length;

  const write = (count: number, owner = 'shop') =>
    scene.events(...Array.from({ length: count }, () => ({ orderId: uuidv7(), version: 1, owner })));

  const setBehind = (id: string) =>
    scene.rows(
      `UPDATE webhook_endpoints SET is_behind = true, cursor_position = o.position, cursor_proof = o.proof
         FROM webhook_fan_out o WHERE endpoint_id = $1`,
      [id],
    );

  it('given a page that another process reads meanwhile, then they get its events', async () => {
    await scene.endpoint('/other', { client_id: 'other' });
    const behind = await scene.endpoint('/behind');
    await write(1);
    await createFanOut(scene.db)(ROOM, 500);
    expect(await queued(behind)).to.equal(1);
    await setBehind(behind);
    await write(3);
    const db = afterFirst(scene.db, LOOK_UP_OF_CLIENTS, () => catchUpEndpoints(scene.db));
    await createFanOut(db)(ROOM, 500);
    while ((await createFanOut(scene.db)(ROOM, 500)).state === 'more');
    while (await catchUpEndpoints(scene.db));
    expect(await queued(behind)).to.equal(4);
  });

  it('given a process that meanwhile skips the events before the first endpoint, then they get those events', async () => {
    const behind = await scene.endpoint('/behind');
    await write(1);
    await createFanOut(scene.db)(ROOM, 500);
    await setBehind(behind);
    await write(3);
    const late = await scene.endpoint('/late');
    const db = afterFirst(scene.db, READING_OF_STATE, () => catchUpEndpoints(scene.db));
    while ((await createFanOut(db)(ROOM, 500)).state === 'more');
    while (await catchUpEndpoints(scene.db));
    expect(await queued(behind)).to.equal(4);
    expect(await queued(late)).to.equal(0);
  });
});

/** A database that does something once, after the first statement that matches. */
function afterFirst(db: Database, pattern: RegExp, act: () => Promise<unknown>): Database {
  let isDone = false;
  const watched = <Q extends Queryable>(queryable: Q): Q =>
    new Proxy(queryable, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name === 'transaction')
          return (work: (tx: Queryable) => unknown, ...rest: unknown[]) =>
            (value as (...values: unknown[]) => unknown).call(
              target,
              (tx: Queryable) => work(watched(tx)),
              ...rest,
            );
        if (name !== 'query') return typeof value === 'function' ? value.bind(target) : value;
        return async (statement: string | { text: string }, ...values: unknown[]) => {
          const result = await (value as (...all: unknown[]) => Promise<unknown>).call(
            target,
            statement,
            ...values,
          );
          const text = typeof statement === 'string' ? statement : statement.text;
          if (!isDone && pattern.test(text)) {
            isDone = true;
            await act();
          }
          return result;
        };
      },
    });
  return watched(db);
}
