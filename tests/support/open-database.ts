import { createDatabase, type ServiceDatabase } from '../../src/shared/postgres/database';
import { silentLogger } from './service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 16,
  DATABASE_CONNECT_TIMEOUT_MS: 10_000,
  DATABASE_QUERY_TIMEOUT_MS: 60_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

/** The database of a test, as a service opens it. The test stops it. */
export const openDatabase = (url: string): ServiceDatabase =>
  createDatabase(url, 'test', LIMITS, silentLogger);
