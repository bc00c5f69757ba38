import { UNAVAILABLE } from '../../../src/shared/contracts/problem';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { DELIVERY_MIGRATIONS, deliverySchema } from '../../../src/delivery-service/store/migrations';
import { ORDER_MIGRATIONS, orderSchema } from '../../../src/order-service/migrations';
import { AppError } from '../../../src/shared/errors';
import { type Logger } from '../../../src/shared/observability/logger';
import { migrate, runMigrations } from '../../../src/shared/postgres/migrate';
import { migrationSources } from '../../../src/shared/postgres/migration-state';
import { type Queryable } from '../../../src/shared/postgres/queryable';
import { requireMigrated, schemaCheck } from '../../../src/shared/postgres/schema-check';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { builtProgram } from '../../support/built-program';
import { createEmptyDatabase, createTestDatabase } from '../../support/databases';
import { testEnvironment } from '../../support/environment';
import { rowsOf } from '../../support/rows';

const SERVICES = [
  {
    service: 'order-service' as const,
    other: 'delivery-service' as const,
    variable: 'ORDER_DATABASE_URL',
    expected: orderSchema('public'),
    own: ORDER_MIGRATIONS,
    last: 'order-service/0007_idempotency_records.sql',
    tasks: ['register-client', 'remove-demo-clients', 'after-restore', 'reconcile-stock'],
  },
  {
    service: 'delivery-service' as const,
    other: 'order-service' as const,
    variable: 'DELIVERY_DATABASE_URL',
    expected: deliverySchema('public'),
    own: DELIVERY_MIGRATIONS,
    last: 'delivery-service/0003_held_shipments.sql',
    tasks: ['after-restore'],
  },
];

/** The answer of an unavailable database. */
const AWAY = new AppError(UNAVAILABLE, 'the database is temporarily unavailable');

for (const { service, other, variable, expected, own, last, tasks } of SERVICES) {
  describe(`the ${service} and the version of its database`, function () {
    this.timeout(60_000);
    const verdict = (url: string): Promise<string | string[]> =>
      withConnection(url, (db) => requireMigrated(db, expected)).catch(
        (error: unknown) => (error as Error).message,
      );

    it('given a database that was never migrated, then the service does not start, and one line says to migrate', async () => {
      const environment = await testEnvironment({ [variable]: await createEmptyDatabase() });
      for (const processes of ['1', '2']) {
        const { exitCode, lines } = await run(`${service}/server`, {
          ...environment,
          WEB_CONCURRENCY: processes,
        });
        expect(lines, `${processes} processes`).to.have.length(1);
        expect(lines[0]).to.contain(
          `${service} cannot start: the database has not been migrated: run npm run migrate`,
        );
        expect(exitCode).to.equal(1);
      }
    });

    it('given such a database, then a command that needs its tables prints one line too', async () => {
      const environment = await testEnvironment({ [variable]: await createEmptyDatabase() });
      for (const task of tasks) {
        const args = task === 'register-client' ? ['shop', 'order:read'] : [];
        const { exitCode, lines } = await run(`${service}/${task}`, environment, args);
        expect(lines, task).to.deep.equal(['the database has not been migrated: run npm run migrate']);
        expect(exitCode).to.equal(1);
      }
    });

    it('given an incomplete migration, or a version with a new migration, then the first missing migration is named', async () => {
      const half = await createEmptyDatabase();
      await migrate(half, migrationSources(service, own).slice(0, 1));
      expect(await verdict(half)).to.match(
        new RegExp(
          `^the database is older than this version of ${service}, \\d+ migrations, from ${service}/0001_\\w+.sql on, are missing: run npm run migrate$`,
        ),
      );
      const older = await createTestDatabase(service);
      await rowsOf(older, `DELETE FROM schema_migrations WHERE name = $1`, [last]);
      expect(await verdict(older)).to.equal(
        `the database is older than this version of ${service}, migration ${last} is missing: run npm run migrate`,
      );
    });

    it('given a database migrated by a later version, then the service starts, and the log names the unknown migrations', async () => {
      const url = await createTestDatabase(service);
      const later = `${service}/0099_later.sql`;
      await rowsOf(url, `INSERT INTO schema_migrations (name, checksum) VALUES ($1, 'x')`, [later]);
      const { logged, logger } = recordingLogger();
      await withConnection(url, (db) => schemaCheck(db, expected, logger).start());
      expect(logged).to.deep.equal([
        [
          'warn',
          `the database is newer than this version of ${service}`,
          JSON.stringify({ unknown_migrations: [later] }),
        ],
      ]);
    });

    it('given the database of the other service, then the line names that service, and does not say to migrate', async () => {
      expect(await verdict(await createTestDatabase(other))).to.equal(
        `the database holds the tables of ${other}, not those of ${service}: correct its database URL`,
      );
    });

    it('given the tables in another schema, then the line names the setting', async () => {
      const url = await createEmptyDatabase();
      await rowsOf(url, 'CREATE SCHEMA shop');
      await runMigrations(service, url, own, 'shop');
      expect(await verdict(url)).to.contain('set DATABASE_SCHEMA=shop');
      const schema = { ...expected, schema: 'nowhere' };
      const error = await withConnection(url, (db) => requireMigrated(db, schema), 'nowhere').catch(
        (thrown: unknown) => thrown,
      );
      expect((error as Error).message).to.contain('has no schema "nowhere"');
    });

    it('given an unmigrated database that answers only after the start, then the service stops', async () => {
      const { logger } = recordingLogger();
      await withConnection(await createEmptyDatabase(), async (db) => {
        let isAway = true;
        const late: Queryable = {
          query: (...args) => (isAway ? Promise.reject(AWAY) : db.query(...args)),
        };
        const component = schemaCheck(late, expected, logger);
        await component.start();
        isAway = false;
        expect((await component.failure)?.message).to.contain('run npm run migrate');
        await component.stop();
      });
    });

    it('given a database that never answers, then the service can be stopped', async () => {
      const { logger } = recordingLogger();
      const component = schemaCheck({ query: () => Promise.reject(AWAY) }, expected, logger);
      await component.start();
      await component.stop();
    });

    it('given a role that may not read the table of migrations, then that is logged, and the service starts', async () => {
      const url = await createTestDatabase(service);
      const role = `${service.replace('-', '_')}_reader`;
      await rowsOf(url, `CREATE ROLE ${role} LOGIN`);
      const { logged, logger } = recordingLogger();
      const asRole = url.replace('postgres@', `${role}@`);
      await withConnection(asRole, (db) => schemaCheck(db, expected, logger).start());
      expect(logged.map(([level]) => level)).to.deep.equal(['warn']);
      expect(logged[0]![1]).to.contain('the version of the tables is not checked');
    });
  });
}

async function run(
  program: string,
  environment: Record<string, string>,
  args: readonly string[] = [],
): Promise<{ exitCode: number; lines: string[] }> {
  const child = spawn(process.execPath, [await builtProgram(program), ...args], {
    env: { ...process.env, ...environment, ORDER_SERVICE_PORT: '0', DELIVERY_SERVICE_PORT: '0' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [exitCode] = (await once(child, 'close')) as [number];
  return { exitCode, lines: output.trim().split('\n') };
}

function recordingLogger(): { logged: string[][]; logger: Logger } {
  const logged: string[][] = [];
  const at = (level: string) => (message: string, details?: object) =>
    logged.push([level, message, JSON.stringify(details)]);
  return { logged, logger: { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') } };
}
