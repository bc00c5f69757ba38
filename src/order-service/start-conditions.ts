import { type Logger } from '../shared/observability/logger';
import { type Queryable } from '../shared/postgres/queryable';
import { schemaCheck } from '../shared/postgres/schema-check';
import { startCheck, type Component } from '../shared/runtime/lifecycle';
import { type OrderServiceConfig } from './config';
import { refuseDemoClients } from './identity/use-cases/seed-demo-clients';
import { orderSchema } from './migrations';

/** What must be so in its database before the Order Service does anything. */
export function startConditions(
  db: Queryable,
  { DATABASE_SCHEMA: schema, NODE_ENV: mode }: OrderServiceConfig,
  logger: Logger,
): Component[] {
  const isMigrated = schemaCheck(db, orderSchema(schema), logger);
  if (mode !== 'production') return [isMigrated];
  return [isMigrated, startCheck('demo clients check', () => refuseDemoClients(db))];
}
