import { expect } from 'chai';
import { countRefused, refusedEvents } from '../../../src/shared/event-log/refused-events';
import { oldestUnpublishedAge } from '../../../src/shared/event-log/outbox';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { createTestDatabase } from '../../support/databases';
import { explainLockHeads, type HeadsPlan } from '../../support/explain-lock-heads';
import { rowsOf } from '../../support/rows';

const ORDERS = 'orders-queue.fifo';

describe('the relay with 20 000 refused orders of five events each, in a log of 400 000', function () {
  this.timeout(120_000);
  let url: string;
  before(async () => {
    url = await createTestDatabase('delivery-service');
    await load(url);
  });

  it('given ten new events at the end of the log, then a step reads only these and its share of retries', async () => {
    for (const isAnalysed of [false, true]) {
      if (isAnalysed) await rowsOf(url, 'ANALYZE events, outbox');
      const nodes = flatten(await explainLockHeads(url));
      expect(nodes.filter(isWholeTable), String(isAnalysed)).to.deep.equal([]);
      expect(rowsRead(nodes), String(isAnalysed)).to.be.within(30, 120);
    }
  });

  it('given new events of another 200 refused orders, then a step reads each of them once, and of the refused orders only the heads', async () => {
    await rowsOf(
      url,
      `WITH logged AS (
         INSERT INTO events (${EVENT_COLUMNS})
         SELECT gen_random_uuid(), 'order', subject_id, 'o', 6, 'T', '{}', 'a', 'c', 't', now() FROM outbox WHERE attempts = 1 LIMIT 200
         RETURNING seq, subject_id, version)
       INSERT INTO outbox (seq, subject_id, version, queue) SELECT seq, subject_id, version, '${ORDERS}' FROM logged`,
    );
    expect(rowsRead(flatten(await explainLockHeads(url)))).to.be.within(200, 700);
  });

  it('given these events, then counts and age for operators are correct', async () => {
    await withConnection(url, async (db) => {
      expect(await countRefused(db)).to.equal(20_000);
      expect((await refusedEvents(db)).count).to.equal(10_000);
      expect(await oldestUnpublishedAge(db, ORDERS)).to.be.within(7_000, 7_400);
    });
  });
});

const EVENT_COLUMNS =
  'event_id, subject_type, subject_id, owner, version, type, payload, actor, correlation_id, traceparent, occurred_at';

/** Published events, then the due refused heads with their later events, then ten new ones. */
async function load(url: string): Promise<void> {
  const insert = (subject: string, at: string, from: string) =>
    `INSERT INTO events (${EVENT_COLUMNS})
     SELECT gen_random_uuid(), 'order', ${subject}, 'o', v, 'T', '{}', 'a', 'c', 't', ${at} FROM ${from} RETURNING seq, subject_id, version`;
  const published = insert(
    'md5(n::text)::uuid',
    'now()',
    'generate_series(1, 300000) AS n, (SELECT 1 AS v) AS one',
  );
  await rowsOf(
    url,
    `WITH logged AS (${published}) INSERT INTO publications SELECT seq, 0, now() FROM logged`,
  );
  const refused = insert(
    `md5('refused' || n)::uuid`,
    `now() - interval '2 h'`,
    'generate_series(1, 20000) AS n, generate_series(1, 5) AS v',
  );
  await rowsOf(
    url,
    `WITH logged AS (${refused})
     INSERT INTO outbox (seq, subject_id, version, queue, attempts, next_attempt_at)
     SELECT seq, subject_id, version, '${ORDERS}', CASE version WHEN 1 THEN 1 END,
            CASE version WHEN 1 THEN now() - interval '1 s' ELSE 'infinity' END
       FROM logged`,
  );
  const fresh = insert('gen_random_uuid()', 'now()', 'generate_series(1, 10), (SELECT 1 AS v) AS one');
  await rowsOf(
    url,
    `WITH logged AS (${fresh})
     INSERT INTO outbox (seq, subject_id, version, queue) SELECT seq, subject_id, version, '${ORDERS}' FROM logged`,
  );
}

function flatten(plan: HeadsPlan): HeadsPlan[] {
  return [plan, ...(plan.Plans ?? []).flatMap(flatten)];
}

const isWholeTable = (node: HeadsPlan): boolean => node['Node Type'] === 'Seq Scan';

/** Rows that the scans of both tables read, including filtered rows. */
const rowsRead = (nodes: readonly HeadsPlan[]): number =>
  nodes
    .filter((node) => ['outbox', 'events'].includes(node['Relation Name'] ?? ''))
    .reduce((sum, node) => {
      const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
      return sum + (node['Actual Rows'] + removed) * node['Actual Loops'];
    }, 0);
