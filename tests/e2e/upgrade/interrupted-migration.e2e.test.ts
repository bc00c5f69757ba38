import { expect } from 'chai';
import { Client } from 'pg';
import { eventually } from '../../support/eventually';
import { countRows, rowsOf } from '../../support/rows';
import { fillDatabases } from '../../support/upgrade/fill-databases';
import { previousRelease } from '../../support/upgrade/previous-release';
import { type Environment, presentRelease, type Release, startMigrator } from '../../support/upgrade/release';
import { databasesOf, upgradeEnvironment } from '../../support/upgrade/upgrade-scene';

const ORDERS = 4_000;
const WAITS = 'queue IS NOT NULL AND published_at IS NULL';

describe('migration of a filled database, interrupted', function () {
  this.timeout(60_000);
  let previous: Release;
  let environment: Environment;

  before(async function () {
    previous = await previousRelease(this);
    environment = await upgradeEnvironment(previous);
    await fillDatabases(environment, ORDERS);
  });

  it('given two migrators, when the first is killed between the batches that fill the outbox, then the second completes them', async () => {
    const url = databasesOf(environment)[1];
    const expected = await formerState(url);
    await interruptAt(url, 'delivery-service', {
      after: 'event-log/0006_events_by_subject.sql',
      blocked: WAITS,
      statement: 'INSERT INTO outbox',
      isHalfDone: async () => (await countRows(url, 'outbox')) > 0,
    });
    expect(await presentState(url)).to.deep.equal(expected);
  });

  it('given two migrators, when the first is killed between the batches that fill the owners, then the second completes them', async () => {
    const url = databasesOf(environment)[0];
    const expected = await formerState(url);
    await interruptAt(url, 'order-service', {
      after: 'order-service/0008_former_event_owner.sql',
      blocked: 'queue IS NULL',
      statement: 'SET subject_id',
      isHalfDone: async () => (await countRows(url, 'events', 'owner IS NOT NULL')) > 0,
    });
    expect(await presentState(url)).to.deep.equal(expected);
  });

  interface Interruption {
    /** The migration before the one in batches. */
    after: string;
    /** The condition of an event whose lock stops the migration. */
    blocked: string;
    /** A part of the statement that waits for it. */
    statement: string;
    isHalfDone(): Promise<boolean>;
  }

  async function interruptAt(
    url: string,
    service: 'order-service' | 'delivery-service',
    { after, blocked, statement, isHalfDone }: Interruption,
  ): Promise<void> {
    const doomed = await startMigrator(presentRelease, service, environment);
    const holder = await lockLastEvent(url, after, blocked);
    await untilWaiting(url, statement);
    expect(await isHalfDone()).to.equal(true);
    const other = await startMigrator(presentRelease, service, environment);
    doomed.kill();
    expect((await doomed.ended).exitCode).to.equal(null);
    await holder.end();
    const { exitCode, output } = await other.ended;
    expect(exitCode, output).to.equal(0);
    const again = await (await startMigrator(presentRelease, service, environment)).ended;
    expect(again.output).to.include(`${service}: database is up to date`);
  }
});

/** Locks an event of the last batch as soon as the migration before is done: earlier, that one would wait. */
async function lockLastEvent(url: string, after: string, blocked: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const sql = 'SELECT FROM schema_migrations WHERE name = $1';
  await eventually(async () => {
    for (let tries = 0; tries < 100; tries += 1)
      if ((await client.query(sql, [after])).rowCount === 1) return;
    throw new Error(`${after} was not applied`);
  });
  await client.query('BEGIN');
  await client.query(
    `SELECT FROM events WHERE seq = (SELECT max(seq) FROM events WHERE ${blocked}) FOR UPDATE`,
  );
  return client;
}

const untilWaiting = (url: string, statement: string): Promise<void> =>
  eventually(async () => {
    const [row] = await rowsOf(
      url,
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND strpos(query, $1) > 0`,
      [statement],
    );
    expect(row).to.be.an('object');
  });

interface OutboxState {
  waiting: number;
  refused: number;
  publications: number;
  incomplete: number;
}

/** The state that the migrated database must have. */
async function formerState(url: string): Promise<OutboxState> {
  return {
    waiting: await countRows(url, 'events', WAITS),
    refused: await countRows(url, 'events', `${WAITS} AND attempts > 0`),
    publications: await countRows(url, 'events', 'queue IS NOT NULL AND published_at IS NOT NULL'),
    incomplete: 0,
  };
}

async function presentState(url: string): Promise<OutboxState> {
  const isOfEvent =
    'o.subject_id = e.order_id AND o.version = e.version AND o.queue = e.queue AND o.resend = e.resends AND o.is_shared';
  const sameRefusal =
    'o.next_attempt_at IS NOT DISTINCT FROM e.next_attempt_at AND o.last_error IS NOT DISTINCT FROM e.last_error';
  return {
    waiting: await countRows(url, 'outbox o JOIN events e USING (seq)', `${isOfEvent} AND ${sameRefusal}`),
    refused: await countRows(url, 'outbox', 'attempts > 0'),
    publications: await countRows(
      url,
      'publications p JOIN events e USING (seq)',
      'p.published_at = e.published_at AND p.resend = e.resends',
    ),
    incomplete: await countRows(
      url,
      'events',
      "subject_id IS DISTINCT FROM order_id OR coalesce(owner, '') = ''",
    ),
  };
}
