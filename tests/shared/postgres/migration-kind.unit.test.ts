import { expect } from 'chai';
import { concurrentIndexOf } from '../../../src/shared/postgres/concurrent-index';
import { kindOf, withoutComments } from '../../../src/shared/postgres/migration-kind';
import { DEFAULT_OPTIONS } from '../../../src/shared/postgres/migration-options';
import { LOCK_TIMEOUT_MS } from '../../../src/shared/postgres/transaction';

describe('the kind of a migration', () => {
  for (const [sql, kind] of [
    ['CREATE TABLE t (n int)', 'in one transaction'],
    ['-- The rows that are migrated: all of them.\nSELECT 1', 'in one transaction'],
    ['-- migrate: without transaction\nVACUUM', 'without transaction'],
    ['-- migrate: without transaction\r\nVACUUM', 'without transaction'],
    ['-- migrate: in batches  \nSELECT 1', 'in batches'],
    ['-- migrate: after deployment\nDROP TABLE t', 'after deployment'],
  ])
    it(`given ${JSON.stringify(sql)}, then it runs ${kind}`, () => {
      expect(kindOf('test/0001_a.sql', sql!)).to.equal(kind);
    });

  for (const [sql, line] of [
    ['-- migrate: in batch\nSELECT 1', 1],
    ['-- migrate: after the deployment\nSELECT 1', 1],
    ['-- Migrate: in batches\nSELECT 1', 1],
    ['--migrate: in batches\nSELECT 1', 1],
    ['-- migrate in batches\nSELECT 1', 1],
    ['/* migrate: in batches */\nSELECT 1', 1],
    ['\uFEFF-- migrate: in batches\nSELECT 1', 1],
    ['-- Fills the column.\n-- migrate: in batches\nSELECT 1', 2],
    ['-- migrate: in batches\n-- migrate: without transaction\nSELECT 1', 2],
  ] as const)
    it(`given ${JSON.stringify(sql)}, then the error names the file and line ${line}`, () => {
      expect(() => kindOf('test/0001_a.sql', sql)).to.throw(
        `migration test/0001_a.sql, line ${line}: "${sql.split('\n')[line - 1]!.trim()}" is not a declaration: the first ` +
          'line of the file may be "-- migrate: without transaction" or "-- migrate: in batches" or "-- migrate: after deployment"',
      );
    });
});

describe('the index of a statement', () => {
  for (const [statement, name, table] of [
    ['CREATE INDEX CONCURRENTLY a_b ON a (b)', 'a_b', 'a'],
    ['create unique index concurrently IF NOT EXISTS A_b on only Own . A using btree (b)', 'a_b', 'a'],
    ['-- by b\nCREATE INDEX /* slow */ CONCURRENTLY "A ""b"""\n  ON "own"."A"(b);', 'A "b"', 'A'],
    ['CREATE INDEX CONCURRENTLY one ON "on" (b)', 'one', 'on'],
  ])
    it(`given ${JSON.stringify(statement)}, then it is ${name} on ${table}`, () => {
      expect(concurrentIndexOf(withoutComments(statement!))).to.deep.equal({ name, table });
    });

  for (const statement of ['CREATE INDEX a_b ON a (b)', 'DROP INDEX CONCURRENTLY a_b', 'VACUUM a'])
    it(`given ${statement}, then it is none`, () => {
      expect(concurrentIndexOf(statement)).to.equal(null);
    });

  it('given an index without a name, then it is refused', () => {
    expect(() => concurrentIndexOf('CREATE INDEX CONCURRENTLY ON a (b)')).to.throw('needs a name');
  });
});

it('given the lock timeout of migrations, then it ends before that of the statements that wait behind it', () => {
  expect(DEFAULT_OPTIONS.lockTimeoutMs).to.be.within(250, LOCK_TIMEOUT_MS - 200);
});
