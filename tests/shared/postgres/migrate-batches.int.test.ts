import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createMigrationScene, type MigrationScene } from '../../support/migration-scene';
import { countRows, rowsOf } from '../../support/rows';
import { thrownBy } from '../../support/thrown-by';

const FILE = '0001_fill.sql';
const NAME = `test/${FILE}`;

/** Fills `doubled` in the order of the key. The first batch that is not full is the last: otherwise it would follow the writers forever. */
const BY_KEY = `-- migrate: in batches
WITH batch AS (
  SELECT n FROM log WHERE n > $1::bigint ORDER BY n LIMIT 500
), filled AS (
  UPDATE log SET doubled = 2 * log.n FROM batch WHERE log.n = batch.n AND log.doubled IS NULL
)
SELECT CASE WHEN count(*) = 500 THEN max(n) END AS next FROM batch;
`;

/** Fills it in the order of the pages of the table, for a table without a numeric key. */
const BY_PAGE = `-- migrate: in batches
WITH filled AS (
  UPDATE log SET doubled = 2 * n
   WHERE ctid >= format('(%s,0)', $1::bigint)::tid AND ctid < format('(%s,0)', $1::bigint + 20)::tid AND doubled IS NULL
)
SELECT CASE WHEN $1::bigint + 20 < pg_relation_size('log') / current_setting('block_size')::int
            THEN $1::bigint + 20 END AS next;
`;

describe('a migration that runs in batches', () => {
  let scene: MigrationScene;
  beforeEach(async () => {
    scene = await createMigrationScene();
    await rowsOf(scene.url, 'CREATE TABLE log (n bigint PRIMARY KEY, doubled bigint, note text)');
    await rowsOf(scene.url, 'INSERT INTO log SELECT n, NULL, $1 FROM generate_series(1, 20000) n', ['-']);
    // Keeps the writes of the previous version complete.
    await rowsOf(
      scene.url,
      `CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.doubled = 2 * NEW.n; RETURN NEW; END'`,
    );
    await rowsOf(
      scene.url,
      'CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON log FOR EACH ROW EXECUTE FUNCTION fill()',
    );
  });
  afterEach(() => scene.end());

  const missing = (): Promise<number> => countRows(scene.url, 'log', 'doubled IS DISTINCT FROM 2 * n');

  for (const [order, sql] of [
    ['the key', BY_KEY],
    ['the pages', BY_PAGE],
  ] as const)
    it(`given 20 000 rows and a writer, then every row is filled in the order of ${order}, and no write waits long`, async () => {
      scene.write(FILE, sql);
      const writer = await scene.session();
      // A write that waits longer ends the test.
      await writer.query('SET lock_timeout = 800');
      let isDone = false;
      let written = 0;
      const writing = (async () => {
        for (; !isDone; written += 1) {
          await writer.query('UPDATE log SET note = $2 WHERE n = $1', [(written * 7919) % 20_000, 'changed']);
          await writer.query('INSERT INTO log (n) VALUES ($1)', [20_001 + written]);
          await delay(1);
        }
      })();
      expect(await scene.run({ reportEveryMs: 100 })).to.deep.equal([NAME]);
      isDone = true;
      await writing;
      expect(written).to.be.above(20);
      expect(await missing()).to.equal(0);
      expect(scene.reported[0]).to.match(/^test\/0001_fill\.sql: \d+ batches in \d+ s, now at position \d+$/);
    });

  it('given a migrator whose server process is ended, then what was committed stays, and the next run completes it', async () => {
    scene.write(FILE, BY_KEY.replace('END AS next', 'END AS next, pg_sleep(0.1)'));
    const running = thrownBy(scene.run());
    while ((await countRows(scene.url, 'log', 'doubled IS NOT NULL')) === 0) await delay(20);
    const pid = await scene.processThat('migrate: in batches');
    await rowsOf(scene.url, 'SELECT pg_terminate_backend($1)', [pid]);
    expect(String(await running)).to.contain(`migration ${NAME} failed: terminating connection`);
    expect(await missing()).to.be.within(1, 19_999);
    expect(await scene.applied()).to.deep.equal([]);
    expect(await scene.run()).to.deep.equal([NAME]);
    expect(await missing()).to.equal(0);
    expect(await scene.run()).to.deep.equal([]);
  });

  it('given a row that is locked for longer than the lock timeout, then its batch is repeated', async () => {
    scene.write(FILE, BY_KEY);
    const holder = await scene.session();
    await holder.query('BEGIN; UPDATE log SET note = $$held$$ WHERE n = 700');
    const running = scene.run({ lockTimeoutMs: 200 });
    await delay(600);
    await holder.query('COMMIT');
    expect(await running).to.deep.equal([NAME]);
    expect(await missing()).to.equal(0);
  });

  it('given a batch that waits for a lock in vain, then the error is clear, and earlier batches stay', async () => {
    scene.write(FILE, BY_KEY);
    const holder = await scene.session();
    await holder.query('BEGIN; UPDATE log SET note = $$held$$ WHERE n = 700');
    const error = await thrownBy(scene.run({ lockWaitMs: 500 }));
    expect((error as Error).message).to.match(
      /^migration test\/0001_fill\.sql failed: it waited \d+ s for a lock/,
    );
    expect(await missing()).to.equal(19_500);
  });

  for (const [fault, statement, said] of [
    [
      'makes no progress',
      'SELECT $1::bigint AS next',
      'the batch at position 0 made no progress: its "next" is 0',
    ],
    [
      'goes back',
      'SELECT CASE WHEN $1::bigint = 0 THEN 5 ELSE 4 END AS next',
      'at position 5 made no progress: its "next" is 4',
    ],
    [
      'returns no row',
      'SELECT $1::bigint AS next WHERE false',
      'one row with the column "next": it returned 0 rows',
    ],
    [
      'returns two rows',
      'SELECT generate_series($1::bigint + 1, 2) AS next',
      'it returned 2 rows with the columns next',
    ],
    [
      'has no column next',
      'SELECT $1::bigint + 1 AS position',
      'it returned 1 rows with the columns position',
    ],
    ['returns a fraction', 'SELECT $1::bigint + 0.5 AS next', '"next" must be a bigint, not 0.5'],
    [
      'is two statements',
      'SELECT $1::bigint + 1 AS next; SELECT 1',
      'the file must hold exactly one statement',
    ],
  ])
    it(`given a statement that ${fault}, then the error says so, and nothing is recorded`, async () => {
      scene.write(FILE, `-- migrate: in batches\n${statement}`);
      expect(String(await thrownBy(scene.run())))
        .to.contain(`migration ${NAME} failed: `)
        .and.contain(said);
      expect(await scene.applied()).to.deep.equal([]);
    });
});
