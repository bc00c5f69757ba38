import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { v7 } from 'uuid';
import { maintainInbox } from '../../src/delivery-service/store/inbox-ranges';
import { recordMessages } from '../../src/shared/event-log/inbox';
import { createDatabase, type ServiceDatabase } from '../../src/shared/postgres/database';
import { createTestDatabase } from '../support/databases';
import { createMigrationScene, type MigrationScene } from '../support/migration-scene';
import { countRows, rowsOf } from '../support/rows';
import { silentLogger } from '../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 10,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 5_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

const DAY_MS = 86_400_000;
const RANGE_MS = 7 * DAY_MS;
const RETENTION_MS = 40 * DAY_MS;

const daysAgo = (days: number): number => Date.now() - days * DAY_MS;
const rangeOf = (ms: number): number => Math.floor(ms / RANGE_MS);

const RANGES = `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
                 WHERE i.inhparent = 'inbox'::regclass ORDER BY 1`;
const rangesOf = async (url: string): Promise<string[]> =>
  (await rowsOf<{ name: string }>(url, RANGES)).map(({ name }) => name);

describe('the ranges of the inbox', () => {
  let url: string;
  let database: ServiceDatabase;
  beforeEach(async () => {
    url = await createTestDatabase('delivery-service');
    database = createDatabase(url, 'inbox-test', LIMITS, silentLogger);
  });
  afterEach(() => database.stop());

  const record = (...ids: string[]) => database.transaction((tx) => recordMessages(tx, ids));
  const tableOf = async (id: string): Promise<string> => {
    const sql = 'SELECT tableoid::regclass::text AS name FROM inbox WHERE message_id = $1';
    return (await rowsOf<{ name: string }>(url, sql, [id]))[0]!.name;
  };
  const prune = () => maintainInbox(database, new Date(Date.now() - RETENTION_MS));
  /** Creates the range of a time in the past, with one message that was received then. */
  async function oldRange(ms: number, receivedAt = ms): Promise<string> {
    const name = `inbox_${rangeOf(ms)}`;
    const [from, to] = [rangeOf(ms), rangeOf(ms) + 1].map((range) => `inbox_range_start(${range})`);
    await rowsOf(
      url,
      `DO $$ BEGIN EXECUTE format('CREATE TABLE ${name} PARTITION OF inbox FOR VALUES FROM (%L) TO (%L)', ${from}, ${to}); END $$`,
    );
    const id = v7({ msecs: ms });
    await rowsOf(url, 'INSERT INTO inbox (message_id, received_at) VALUES ($1, $2)', [
      id,
      new Date(receivedAt),
    ]);
    expect(await tableOf(id)).to.equal(name);
    return name;
  }

  it('given new messages, resends of old ones and ids of other kinds, then each is recorded once, in its range or outside', async () => {
    const [fresh, old, random] = [v7(), v7({ msecs: daysAgo(300) }), randomUUID()];
    expect(await record(fresh, old, random)).to.deep.equal(new Set([fresh, old, random]));
    expect(await record(fresh, old, random)).to.deep.equal(new Set());
    expect(await tableOf(fresh)).to.equal(`inbox_${rangeOf(Date.now())}`);
    expect([await tableOf(old), await tableOf(random)]).to.deep.equal(['inbox_default', 'inbox_default']);
  });

  it('given one message in several transactions at once, then one of them records it', async () => {
    const id = v7();
    const sizes = (await Promise.all([1, 2, 3].map(() => record(id)))).map(({ size }) => size);
    expect(sizes.sort()).to.deep.equal([0, 0, 1]);
  });

  it('given a range of which every message has expired, then it is dropped; a later range and one with a late message stay', async () => {
    const [expired, late, recent] = [
      await oldRange(daysAgo(70)),
      await oldRange(daysAgo(90), daysAgo(30)),
      await oldRange(daysAgo(39)),
    ];
    const before = await rangesOf(url);
    expect([await prune(), await prune()]).to.deep.equal([1, 0]);
    expect(await rangesOf(url)).to.deep.equal(before.filter((name) => name !== expired));
    expect(before).to.include.members([late, recent]);
  });

  it('given several instances at once, then an expired range is dropped once', async () => {
    const expired = await oldRange(daysAgo(70));
    expect((await Promise.all([prune(), prune(), prune()])).sort()).to.deep.equal([0, 0, 1]);
    expect(await rangesOf(url)).not.to.include(expired);
  });

  it('given expired messages outside the ranges, then they are deleted, and younger ones stay', async () => {
    const [old, young] = [v7({ msecs: daysAgo(300) }), v7({ msecs: daysAgo(299) })];
    await record(old, young);
    await rowsOf(url, 'UPDATE inbox SET received_at = $2 WHERE message_id = $1', [
      old,
      new Date(daysAgo(41)),
    ]);
    expect([await prune(), await prune()]).to.deep.equal([1, 0]);
    expect(await record(old, young)).to.deep.equal(new Set([old]));
  });

  it('given a time that is too recent, then messages are kept for 40 days all the same', async () => {
    await record(v7(), v7({ msecs: daysAgo(300) }));
    const range = await oldRange(daysAgo(30));
    expect(await maintainInbox(database, new Date())).to.equal(0);
    expect(await countRows(url, 'inbox')).to.equal(3);
    expect(await rangesOf(url)).to.include(range);
  });

  it('given several instances at once while messages are recorded, then missing ranges are created once', async () => {
    const present = rangeOf(Date.now());
    for (const range of [present + 1, present + 2]) await rowsOf(url, `DROP TABLE inbox_${range}`);
    await Promise.all([prune(), prune(), prune(), record(v7()), record(v7())]);
    expect(await rangesOf(url)).to.include.members([`inbox_${present + 1}`, `inbox_${present + 2}`]);
    expect(await countRows(url, 'inbox')).to.equal(2);
  });

  it('given a message of a range that does not exist, then that range is not created before the message has expired', async () => {
    const range = rangeOf(Date.now()) + 1;
    await rowsOf(url, `DROP TABLE inbox_${range}`);
    const id = v7({ msecs: range * RANGE_MS + 1 });
    await record(id);
    await prune();
    expect(await tableOf(id)).to.equal('inbox_default');
    expect(await record(id)).to.deep.equal(new Set());
    await rowsOf(url, 'UPDATE inbox SET received_at = $1', [new Date(daysAgo(41))]);
    await prune();
    await prune();
    expect(await rangesOf(url)).to.include(`inbox_${range}`);
  });
});

describe('the migration of the inbox to ranges', () => {
  const FOLDERS = ['src/shared/event-log/migrations', 'src/delivery-service/store/migrations'];
  let scene: MigrationScene;
  beforeEach(async () => {
    scene = await createMigrationScene();
  });
  afterEach(() => scene.end());

  const file = (name: string): string =>
    FOLDERS.flatMap((folder) => readdirSync(folder).map((one) => join(folder, one)))
      .filter((path) => path.endsWith(name))
      .map((path) => readFileSync(path, 'utf8'))[0]!;

  it('given an inbox with messages, then they stay, the statements of the previous version work, and later messages get ranges', async () => {
    scene.write('0001_inbox.sql', file('0002_inbox.sql'));
    await scene.run();
    const [old, present] = [v7({ msecs: daysAgo(10) }), v7()];
    const insert =
      'INSERT INTO inbox (message_id) SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING RETURNING message_id';
    await rowsOf(scene.url, insert, [[old, present]]);

    scene.write('0002_inbox_ranges.sql', file('0008_inbox_ranges.sql'));
    expect(await scene.run()).to.have.length(1);

    const later = v7({ msecs: Date.now() + RANGE_MS });
    const recorded = await rowsOf<{ message_id: string }>(scene.url, insert, [[old, present, later]]);
    expect(recorded.map(({ message_id: id }) => id)).to.deep.equal([later]);
    const range = rangeOf(Date.now());
    const names = await rangesOf(scene.url);
    expect(names)
      .to.have.length(10)
      .and.to.include(`inbox_${range + 1}`)
      .and.not.to.include(`inbox_${range}`);
    await rowsOf(scene.url, 'UPDATE inbox SET received_at = $2 WHERE message_id = $1', [
      old,
      new Date(daysAgo(41)),
    ]);
    await rowsOf(
      scene.url,
      'DELETE FROM inbox WHERE message_id IN (SELECT message_id FROM inbox WHERE received_at < $1 LIMIT 2000)',
      [new Date(daysAgo(40))],
    );
    expect(await countRows(scene.url, 'inbox')).to.equal(2);
  });
});
