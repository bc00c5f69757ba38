import { expect } from 'chai';
import { ILLEGAL_TRANSITION } from '../../../src/shared/contracts/problem';
import { AppError } from '../../../src/shared/errors';
import { type IdempotentRequest } from '../../../src/shared/idempotency/idempotency-records';
import { createRunOnceTogether } from '../../../src/shared/idempotency/run-once-together';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type Transaction } from '../../../src/shared/postgres/queryable';
import { createTestDatabase } from '../../support/databases';
import { openDatabase } from '../../support/open-database';
import { countRows, rowsOf } from '../../support/rows';
import { thrownBy } from '../../support/thrown-by';

const requestOf = (key: string, fingerprint = key): IdempotentRequest => ({
  clientId: 'shop',
  route: 'POST /carts',
  key,
  fingerprint,
});

describe('running requests once, together', () => {
  let url: string;
  let db: ServiceDatabase;
  let groups: number[];
  before(async () => {
    url = await createTestDatabase('order-service');
    await rowsOf(url, 'CREATE TABLE carts (name text PRIMARY KEY)');
    db = openDatabase(url);
  });
  beforeEach(async () => {
    await rowsOf(url, 'TRUNCATE carts, idempotency_records');
    groups = [];
  });
  after(() => db.stop());

  /** Creates a cart for each name; refuses those that begin with `no`, and fails as a whole for `fault`. */
  async function create(tx: Transaction, names: readonly string[]) {
    groups.push(names.length);
    const created = names.filter((name) => !name.startsWith('no'));
    await tx.query('INSERT INTO carts SELECT unnest($1::text[])', [created]);
    if (names.includes('fault')) throw new Error('a fault');
    return names.map((name) =>
      created.includes(name)
        ? { value: { status: 201, body: `{"cart":"${name}"}` } }
        : { error: new AppError(ILLEGAL_TRANSITION, 'refused') },
    );
  }

  const records = () => countRows(url, 'idempotency_records');
  const codeOf = async (work: Promise<unknown>) => ((await thrownBy(work)) as AppError).code;

  it('given requests at once, then they share transactions, and each gets its own answer', async () => {
    const run = createRunOnceTogether(db, create);
    const names = Array.from({ length: 40 }, (_, index) => `cart-${index}`);
    const answers = await Promise.all(
      names.map((name, index) => run(name, index % 2 === 0 ? requestOf(name) : null)),
    );
    expect(answers).to.deep.equal(
      names.map((name) => ({ status: 201, body: `{"cart":"${name}"}`, replayed: false })),
    );
    expect(groups.length).to.be.below(5);
    expect([await countRows(url, 'carts'), await records()]).to.deep.equal([40, 20]);
  });

  it('given repeats at once and later, also of another process, then they get the answer of the first', async () => {
    const [run, elsewhere] = [createRunOnceTogether(db, create), createRunOnceTogether(db, create)];
    const answers = await Promise.all(
      [run, elsewhere, run, elsewhere].map((one) => one('lamp', requestOf('lamp'))),
    );
    answers.push(await elsewhere('lamp', requestOf('lamp')));
    expect(answers.map(({ body }) => body)).to.deep.equal(Array(5).fill('{"cart":"lamp"}'));
    expect(answers.filter(({ replayed }) => !replayed)).to.have.length(1);
    expect(await countRows(url, 'carts')).to.equal(1);
  });

  it('given a refused request, then the others succeed, and its key can be used again; another request under a key is refused alone', async () => {
    const run = createRunOnceTogether(db, create);
    const [refused, granted] = [run('no', requestOf('key')), run('yes', requestOf('other'))];
    expect(await codeOf(refused)).to.equal('illegal_transition');
    expect((await granted).status).to.equal(201);
    expect(await records()).to.equal(1);
    expect((await run('lamp', requestOf('key'))).replayed).to.equal(false);
    const [reused, next] = [run('bulb', requestOf('key', 'another')), run('sofa', null)];
    expect(await codeOf(reused)).to.equal('idempotency_key_reused');
    expect((await next).status).to.equal(201);
  });

  it('given work that fails as a whole, then each request is tried alone', async () => {
    const run = createRunOnceTogether(db, create);
    const [faulty, sound] = [run('fault', requestOf('fault')), run('sound', requestOf('sound'))];
    expect(await thrownBy(faulty)).to.include({ message: 'a fault' });
    expect((await sound).status).to.equal(201);
    expect([await countRows(url, 'carts'), await records()]).to.deep.equal([1, 1]);
  });
});
