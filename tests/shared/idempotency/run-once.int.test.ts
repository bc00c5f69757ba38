import { expect } from 'chai';
import { Pool } from 'pg';
import { type AppError } from '../../../src/shared/errors';
import { type IdempotentRequest } from '../../../src/shared/idempotency/idempotency-records';
import { createMemoryReplayCache, type ReplayCache } from '../../../src/shared/idempotency/replay-cache';
import { type Answer, runOnce } from '../../../src/shared/idempotency/run-once';
import { databaseOf } from '../../../src/shared/postgres/database';
import { type Transaction } from '../../../src/shared/postgres/queryable';
import { createTestDatabase } from '../../support/databases';
import { countRows, rowsOf } from '../../support/rows';
import { thrownBy } from '../../support/thrown-by';

const LAMP: IdempotentRequest = {
  clientId: 'shop',
  route: 'POST /things',
  key: 'lamp-1',
  fingerprint: 'f',
};

describe('running a request once', () => {
  let url: string;
  let pool: Pool;
  let replayCache: ReplayCache;
  before(async () => {
    url = await createTestDatabase('order-service');
    await rowsOf(url, 'CREATE TABLE things (name text)');
    pool = new Pool({ connectionString: url });
    pool.on('error', () => undefined);
  });
  beforeEach(async () => {
    await rowsOf(url, 'TRUNCATE things, idempotency_records');
    replayCache = createMemoryReplayCache();
  });
  after(() => pool.end());

  const done = () => countRows(url, 'things');

  /** Creates a product; each has another answer. */
  async function create(tx: Transaction): Promise<Answer> {
    const { rows } = await tx.query<{ id: number }>(
      "INSERT INTO things VALUES ('lamp') RETURNING (random() * 1e9)::int AS id",
    );
    return { status: 201, body: JSON.stringify({ id: rows[0]!.id, name: 'Lämp' }) };
  }
  const run = (request: IdempotentRequest | null = LAMP, work = create, cache = replayCache) =>
    runOnce({ db: databaseOf(pool), replayCache: cache }, request, work);
  const notCached: ReplayCache = { find: () => Promise.resolve(null), store: () => Promise.resolve() };

  it('given a repeat, then it gets the status and the bytes of the first answer, from the cache and from the database', async () => {
    const first = await run();
    expect(first).to.include({ status: 201, replayed: false });
    for (const cache of [replayCache, notCached, createMemoryReplayCache()])
      expect(await run(LAMP, create, cache)).to.deep.equal({ ...first, replayed: true });
    expect(await done()).to.equal(1);
  });

  it('given no key, then every request is executed and nothing is recorded', async () => {
    for (let n = 0; n < 2; n += 1) expect((await run(null)).replayed).to.equal(false);
    expect([await done(), await countRows(url, 'idempotency_records')]).to.deep.equal([2, 0]);
  });

  it('given another request under the same key, then it is refused and not executed, with the cache and without it', async () => {
    await run();
    for (const cache of [replayCache, notCached]) {
      const error = await thrownBy(run({ ...LAMP, fingerprint: 'g' }, create, cache));
      expect((error as AppError).code).to.equal('idempotency_key_reused');
    }
    expect(await done()).to.equal(1);
  });

  it('given the same key of another client or for another route, then each is executed', async () => {
    await run();
    expect((await run({ ...LAMP, clientId: 'other' })).replayed).to.equal(false);
    expect((await run({ ...LAMP, route: 'POST /webhooks' })).replayed).to.equal(false);
    expect(await done()).to.equal(3);
  });

  it('given ten requests at once, then one is executed and all get its answer', async () => {
    const answers = await Promise.all([...Array(10)].map(() => run()));
    expect(new Set(answers.map(({ body }) => body)).size).to.equal(1);
    expect(answers.filter(({ replayed }) => !replayed)).to.have.length(1);
    expect(await done()).to.equal(1);
  });

  it('given a request that fails while its repeat waits, then nothing of it is stored and the repeat is executed', async () => {
    let repeat: ReturnType<typeof run> | undefined;
    const first = run(LAMP, async (tx) => {
      await create(tx);
      repeat = run();
      await tx.query('SELECT pg_sleep(0.1)');
      throw new Error('refused');
    });
    expect(await thrownBy(first))
      .to.be.an('error')
      .with.property('message', 'refused');
    expect((await repeat!).replayed).to.equal(false);
    expect(await done()).to.equal(1);
  });

  it('given a connection that ends between the claim and the commit, then nothing is stored', async () => {
    const first = run(LAMP, async (tx) => {
      await create(tx);
      return tx.query('SELECT pg_terminate_backend(pg_backend_pid())') as never;
    });
    expect(((await thrownBy(first)) as AppError).kind).to.equal('unavailable');
    expect([await done(), await countRows(url, 'idempotency_records')]).to.deep.equal([0, 0]);
    expect((await run()).replayed).to.equal(false);
  });

  it('given a request that takes longer than the lock timeout, then its repeat is told to come back', async () => {
    let repeat: Promise<unknown> = Promise.resolve();
    const first = await run(LAMP, async (tx) => {
      repeat = thrownBy(run());
      await repeat;
      return create(tx);
    });
    expect(await repeat).to.include({ code: 'request_in_progress', retryAfterSeconds: 1 });
    expect(await run()).to.deep.equal({ ...first, replayed: true });
  });

  it('given an answer with a secret, then the repeat gets the other body, and the secret is neither stored nor cached', async () => {
    const stored: string[] = [];
    const cache: ReplayCache = {
      find: replayCache.find,
      store: (record) => (stored.push(JSON.stringify(record)), replayCache.store(record)),
    };
    const withSecret = async (tx: Transaction): Promise<Answer> => ({
      ...(await create(tx)),
      body: '{"secret":"s3cret"}',
      repeatBody: '{"secret":null}',
    });
    expect((await run(LAMP, withSecret, cache)).body).to.equal('{"secret":"s3cret"}');
    expect(await run(LAMP, withSecret, cache)).to.deep.equal({
      status: 201,
      body: '{"secret":null}',
      replayed: true,
    });
    expect(stored).to.deep.equal([]);
    const rows = await rowsOf(url, 'SELECT to_json(r) FROM idempotency_records r');
    expect(JSON.stringify(rows)).not.to.contain('s3cret');
  });

  it('given 24 hours later, then the request is executed again', async () => {
    await run();
    const [row] = await rowsOf<{ hours: number }>(
      url,
      'SELECT round(extract(epoch FROM expires_at - now()) / 3600)::int AS hours FROM idempotency_records',
    );
    expect(row!.hours).to.equal(24);
    await rowsOf(url, "UPDATE idempotency_records SET expires_at = now() - interval '1 s'");
    expect((await run(LAMP, create, notCached)).replayed).to.equal(false);
    expect(await done()).to.equal(2);
  });
});
