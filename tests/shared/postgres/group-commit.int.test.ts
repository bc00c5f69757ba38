import { expect } from 'chai';
import { Pool } from 'pg';
import {
  createGroupCommit,
  type GroupCommitOptions,
  type Outcome,
} from '../../../src/shared/postgres/group-commit';
import { REQUEST_IN_PROGRESS } from '../../../src/shared/idempotency/idempotency-records';
import { AppError } from '../../../src/shared/errors';
import { databaseOf } from '../../../src/shared/postgres/database';
import { type Transaction } from '../../../src/shared/postgres/queryable';
import { createEmptyDatabase } from '../../support/databases';
import { rowsOf } from '../../support/rows';

describe('group commit', () => {
  let url: string;
  let pool: Pool;
  let groups: string[][];
  before(async () => {
    url = await createEmptyDatabase();
    pool = new Pool({ connectionString: url, max: 4 });
    await pool.query('CREATE TABLE written (item text PRIMARY KEY)');
  });
  after(() => pool.end());
  beforeEach(async () => {
    groups = [];
    await pool.query('TRUNCATE written');
  });

  async function write(tx: Transaction, items: readonly string[]): Promise<Outcome<string>[]> {
    groups.push([...items]);
    await tx.query('INSERT INTO written SELECT unnest($1::text[])', [items]);
    return items.map((item) => ({ value: `${item} done` }));
  }

  type Work = (tx: Transaction, items: readonly string[]) => Promise<Outcome<string>[]>;

  const writer = ({
    work = write,
    ...options
  }: { work?: Work } & Omit<Partial<GroupCommitOptions<string, string>>, 'work'> = {}) =>
    createGroupCommit<string, string>({
      work: (items) => databaseOf(pool).transaction((tx) => work(tx, items)),
      ...options,
    });

  const written = async () =>
    (await rowsOf<{ item: string }>(url, 'SELECT item FROM written ORDER BY item')).map(({ item }) => item);

  it('given many items at once, then they share transactions and each gets its own outcome', async () => {
    const items = [...Array(250).keys()].map(String);
    const outcomes = await Promise.all(items.map(writer()));
    expect(outcomes).to.deep.equal(items.map((item) => `${item} done`));
    expect(groups.map(({ length }) => length)).to.have.members([100, 100, 50]);
    expect(await written()).to.have.length(250);
  });

  it('given an item that arrives during a transaction, then it is part of the next transaction', async () => {
    let finish: () => void = () => undefined;
    const first = new Promise<void>((resolve) => (finish = resolve));
    const add = writer({
      maxInFlight: 1,
      async work(tx, items) {
        if (groups.length === 0) setImmediate(() => setImmediate(finish));
        const outcomes = await write(tx, items);
        await first;
        return outcomes;
      },
    });
    const a = add('a');
    await new Promise(setImmediate);
    await Promise.all([a, add('b'), add('c')]);
    expect(groups).to.deep.equal([['a'], ['b', 'c']]);
  });

  it('given an item that aborts the transaction, then only this item fails and the others are written', async () => {
    const add = writer();
    await add('b');
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(add));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).to.have.property('code', '23505');
    expect(await written()).to.deep.equal(['a', 'b', 'c']);
  });

  it('given items that are retried together, when their group fails, then a conflict fails all of them at once, and the others are written', async () => {
    const add = writer({
      retriedWith: (item) => item[0]!,
      async work(tx, items) {
        if (!items.includes('a1')) return write(tx, items);
        groups.push([...items]);
        throw new AppError(REQUEST_IN_PROGRESS, 'a is held');
      },
    });
    const outcomes = await Promise.allSettled(['a1', 'b1', 'a2', 'b2'].map(add));
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(groups).to.deep.equal([
      ['a1', 'b1', 'a2', 'b2'],
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
    expect(await written()).to.deep.equal(['b1', 'b2']);
  });

  it('given items that are retried together, when one of them cannot be written, then only this one fails', async () => {
    const add = writer({ retriedWith: (item) => item[0]! });
    await add('a1');
    const outcomes = await Promise.allSettled(['a1', 'a2', 'b1'].map(add));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'fulfilled', 'fulfilled']);
    expect(await written()).to.deep.equal(['a1', 'a2', 'b1']);
  });

  it('given items that are retried in order, when their group fails, then each is tried after the one before it', async () => {
    let running = 0;
    const add = writer({
      retriesInOrder: true,
      async work(tx, items) {
        running += 1;
        const isAlone = running === 1;
        const outcomes = await write(tx, items).finally(() => (running -= 1));
        expect(isAlone, `${items.join()} had to wait`).to.equal(true);
        return outcomes;
      },
    });
    await add('b');
    groups = [];
    const outcomes = await Promise.allSettled(['a', 'b', 'c', 'd'].map(add));
    expect(outcomes.map(({ status }) => status)).to.deep.equal([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(groups).to.deep.equal([['a', 'b', 'c', 'd'], ['a'], ['b'], ['c'], ['d']]);
  });

  it('given an item whose outcome is an error, then only this item fails, and the transaction commits', async () => {
    const add = writer({
      async work(tx, items) {
        await write(tx, items);
        return items.map((item) => (item === 'b' ? { error: new Error('not b') } : { value: item }));
      },
    });
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map(add));
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(groups).to.have.length(1);
    expect(await written()).to.deep.equal(['a', 'b', 'c']);
  });

  it('given two items with the same key, then they are never in one group', async () => {
    const add = writer({ keyOf: (item) => item[0]! });
    await Promise.all(['a1', 'b1', 'a2', 'a3', 'b2'].map(add));
    const keys = groups.map((group) =>
      group
        .map((item) => item[0])
        .sort()
        .join(''),
    );
    expect(keys).to.have.members(['ab', 'ab', 'a']);
  });

  it('given a lost connection, then every item of its group fails at once, and none is retried alone', async () => {
    const add = writer({
      async work(tx, items) {
        groups.push([...items]);
        await tx.query('SELECT pg_terminate_backend(pg_backend_pid())');
        return [];
      },
    });
    const lost = new Pool({ connectionString: url, max: 4 });
    lost.on('error', () => undefined);
    lost.on('connect', (client) => client.on('error', () => undefined));
    const outcomes = await Promise.allSettled(['a', 'b'].map(add));
    await lost.end();
    for (const outcome of outcomes)
      expect((outcome as PromiseRejectedResult).reason).to.have.property('kind', 'unavailable');
    expect(groups).to.have.length(1);
  });

  it('given transactions that do not end, then later items are refused within a second, without any effect', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const add = writer({
      maxInFlight: 1,
      async work(tx, items) {
        await held;
        return write(tx, items);
      },
    });
    const first = add('a');
    await new Promise(setImmediate);
    const error = await add('b').catch((thrown: unknown) => thrown);
    release();
    await first;
    expect(error).to.have.property('kind', 'unavailable');
    expect(await written()).to.deep.equal(['a']);
  });
});
