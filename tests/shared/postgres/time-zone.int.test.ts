import { expect } from 'chai';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { createEmptyDatabase } from '../../support/databases';
import { silentLogger } from '../../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 1,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 5_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

describe('times in the database', () => {
  let database: ServiceDatabase;
  before(async () => {
    database = createDatabase(await createEmptyDatabase(), 'time-zone-test', LIMITS, silentLogger);
  });
  after(() => database.stop());

  for (const zone of ['America/New_York', 'Europe/Amsterdam', 'Asia/Tokyo'])
    it(`given a process in the time zone ${zone}, then PostgreSQL reads every time as the same instant`, async () => {
      const zoneBefore = process.env['TZ'];
      process.env['TZ'] = zone;
      const times = ['0001-01-01T00:00:00.000Z', '1883-11-18T12:00:00.000Z', '2026-10-25T01:30:00.000Z'];
      try {
        const { rows } = await database.query<{ is_same: boolean[] }>(
          `SELECT array_agg(read = meant::timestamptz) AS is_same
             FROM unnest($1::timestamptz[], $2::text[]) AS t (read, meant)`,
          [times.map((time) => new Date(time)), times],
        );
        expect(rows).to.deep.equal([{ is_same: [true, true, true] }]);
      } finally {
        if (zoneBefore === undefined) delete process.env['TZ'];
        else process.env['TZ'] = zoneBefore;
      }
    });
});
