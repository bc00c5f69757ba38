import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import { outbox } from '../../../scripts/system/commands/outbox';
import { readSettings } from '../../../scripts/system/settings';
import {
  composeOrderService,
  type OrderService,
  readOrderServiceConfig,
} from '../../../src/order-service/composition';
import { type BackgroundLoop } from '../../../src/shared/runtime/background-loop';
import { stopService } from '../../../src/shared/runtime/lifecycle';
import { type ApiClient, apiClient, send } from '../../support/api-client';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { bearer } from '../../support/oauth';
import { outboxScene, type OutboxScene } from '../../support/outbox-scene';
import { countRows } from '../../support/rows';
import { silentLogger } from '../../support/service-pair';

const REFUSED = 5_000;
const ORDINARY = 300;

/** The relay runs against a queue that refuses events; only the API of the service runs beside it. */
describe('5 000 refused events beside ordinary ones', function () {
  this.timeout(180_000);
  let scene: OutboxScene;
  let service: OrderService;
  let operator: ApiClient;
  let environment: Record<string, string>;
  let folder: string;
  let relay: BackgroundLoop;
  let refusedOrders: string[];
  /** The number of steps that have begun to read the outbox. */
  let steps = 0;
  const sentIn = new Map<string, { step: number; at: number }>();
  before(async () => {
    scene = await outboxScene();
    environment = await testEnvironment({ ORDER_DATABASE_URL: scene.url });
    service = composeOrderService(readOrderServiceConfig(environment), { logger: silentLogger });
    await service.http.start();
    operator = await apiClient(environment['ORDER_SERVICE_URL']!, 'demo-operator');
    folder = mkdtempSync(join(tmpdir(), 'outbox-'));
    observeSteps();
    relay = scene.relay();
    await relay.start();
  });
  after(async () => {
    await relay.stop();
    await stopService(service);
    await scene.stop();
    rmSync(folder, { recursive: true });
  });

  it('given these, then each ordinary event is sent in the first step after it was written', async () => {
    const alone = await latencyOfOrdinary();
    refusedOrders = await scene.append(REFUSED, 2, { isBad: true });
    await eventually(async () => expect(await refusedCount()).to.equal(REFUSED), 60_000);
    await scene.makeAllDue();
    const beside = await latencyOfOrdinary();
    expect(await refusedCount(), 'still refused').to.equal(REFUSED);
    expect(scene.refusals, 'retried meanwhile').to.be.above(REFUSED);
    const ratio = (beside / alone).toFixed(2);
    process.stdout.write(
      `    median latency: ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside them, ratio ${ratio}\n`,
    );
  });

  it('given an operator, then the API lists all of them, once each', async () => {
    const listed = new Set<string>();
    let cursor: string | null = '';
    while (cursor !== null) {
      const { status, body } = await operator.get(
        `/outbox/refused?limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      expect(status, JSON.stringify(body)).to.equal(200);
      for (const { subject_id: id } of body.data as { subject_id: string }[]) listed.add(id);
      cursor = body.next_cursor as string | null;
    }
    expect([...listed]).to.have.members(refusedOrders);
  });

  it('given an operator, then API and script drop some of them, and their later events are sent', async () => {
    let listed: { event_id: string; subject_id: string }[] = [];
    await eventually(async () => {
      const { status, body } = await operator.get('/outbox/refused?limit=4');
      expect(status, JSON.stringify(body)).to.equal(200);
      listed = body.data as typeof listed;
    });
    const [byApi, ...byScript] = listed;
    scene.bad.delete(byApi!.subject_id);
    for (const { subject_id: id } of byScript) scene.bad.delete(id);
    await eventually(async () => {
      await drop(byApi!.event_id);
      expect(await dropped()).to.equal(1);
    });
    await eventually(async () => {
      await script(`drop order-service ${byScript.map(({ event_id: id }) => id).join(' ')}`);
      expect(await dropped()).to.equal(4);
    });
    await eventually(() => {
      for (const { subject_id: id } of listed) expect(scene.sentVersions(id)).to.deep.equal([2]);
    });
    refusedOrders = refusedOrders.filter((id) => !listed.some(({ subject_id: gone }) => gone === id));
  });

  it('given a removed cause, when all are retried, then everything is sent in order, and nothing is left', async () => {
    const [line] = await script('list order-service');
    expect(line).to.equal(`order-service: 100 of ${REFUSED - 4} refused events`);
    scene.bad.clear();
    await script('retry order-service');
    await eventually(async () => {
      // An event that a relay was sending meanwhile is left out.
      await operator.post('/outbox/refused/retry', {});
      expect(await countRows(scene.url, 'outbox')).to.equal(0);
    }, 60_000);
    const versions = new Map<string, number[]>();
    for (const { MessageGroupId: id, MessageBody: body } of scene.sqs.sent)
      versions.set(id, [...(versions.get(id) ?? []), (JSON.parse(body) as { version: number }).version]);
    for (const id of refusedOrders) expect(versions.get(id)).to.deep.equal([1, 2]);
    expect(await script('list order-service')).to.deep.equal(['order-service: no refused events']);
  });

  /** Writes ordinary events one after the other; returns the median time until the queue had them, in milliseconds. */
  async function latencyOfOrdinary(): Promise<number> {
    const latencies: number[] = [];
    for (let count = 0; count < ORDINARY; count += 1) {
      const [id = ''] = await scene.append(1, 1);
      const [begun, written] = [steps, performance.now()];
      const sent = await eventually(() => sentIn.get(id) ?? Promise.reject(new Error('it was not sent')));
      // The step that had begun may have read the outbox before the event was there.
      expect(sent.step).to.be.at.most(begun + 1);
      latencies.push(sent.at - written);
      await delay(Math.random() * 10);
    }
    return latencies.toSorted((a, b) => a - b)[ORDINARY / 2]!;
  }

  /** Counts the steps of the relay, and notes the step of each message. */
  function observeSteps(): void {
    const { database, sqs } = scene;
    const transaction = database.transaction.bind(database);
    database.transaction = (work, options) =>
      transaction((tx) => {
        const query = tx.query.bind(tx);
        tx.query = (statement, values) => {
          if (typeof statement === 'object' && statement.name === 'lock-heads') steps += 1;
          return query(statement, values);
        };
        return work(tx);
      }, options);
    const refuse = sqs.refuseEntry;
    sqs.refuseEntry = (entry) => {
      const refusal = refuse(entry);
      if (refusal === null) sentIn.set(entry.MessageGroupId, { step: steps, at: performance.now() });
      return refusal;
    };
  }

  const refusedCount = () => countRows(scene.url, 'outbox', 'attempts > 0');
  const dropped = () => countRows(scene.url, 'dropped_events');

  const drop = (id: string) =>
    send(
      `${environment['ORDER_SERVICE_URL']!}/outbox/refused?event_id=${id}`,
      'DELETE',
      undefined,
      bearer(operator.token),
    );

  async function script(args: string): Promise<string[]> {
    const lines: string[] = [];
    const print = sinon.stub(console, 'log').callsFake((line: string) => void lines.push(line));
    try {
      await outbox(
        readSettings(folder, { ORDER_SERVICE_PORT: environment['ORDER_SERVICE_PORT'] }),
        args.split(' '),
      );
    } finally {
      print.restore();
    }
    return lines;
  }
});
