import { originOf } from '../../../shared/event-log/event';
import { createLogger } from '../../../shared/observability/logger';
import { createDatabase } from '../../../shared/postgres/database';
import { type Database } from '../../../shared/postgres/queryable';
import { type ServiceSchema, withMigratedDatabase } from '../../../shared/postgres/schema-check';
import { type ProductDifference, type RepairOutcome, reconcileStock } from '../use-cases/reconcile-stock';

export interface StockReconciliation {
  url: string;
  schema: ServiceSchema;
  /** Otherwise differences are only shown. */
  isRepairing: boolean;
  /** Shows a line. */
  write: (line: string) => void;
}

export interface ReconciliationResult {
  summary: string;
  /** Whether differences remain. */
  isDifferent: boolean;
}

/** Compares the stock of all products once, and shows each difference in a line; the service may be running. */
export async function runStockReconciliation(options: StockReconciliation): Promise<ReconciliationResult> {
  const { url, schema, write } = options;
  const { products, different, repaired } = await withMigratedDatabase(url, schema, (reads) =>
    withRepairs(options, (db) =>
      reconcileStock({
        reads,
        repairs: db && { db, origin: originOf('reconcile-stock') },
        onDifference: (difference) => linesOf(difference).forEach(write),
      }),
    ),
  );
  return {
    summary: `${products} products compared, ${different} with differences, ${repaired} repaired`,
    isDifferent: repaired < different,
  };
}

const TIMEOUT_MS = 60_000;

async function withRepairs<T>(
  { url, schema, isRepairing }: StockReconciliation,
  work: (db: Database | null) => Promise<T>,
): Promise<T> {
  if (!isRepairing) return work(null);
  const config = {
    DATABASE_POOL_MAX: 1,
    DATABASE_CONNECT_TIMEOUT_MS: 5_000,
    DATABASE_QUERY_TIMEOUT_MS: TIMEOUT_MS,
    DATABASE_PREPARED_STATEMENTS: false,
    DATABASE_SCHEMA: schema.schema,
  };
  const logger = createLogger({ service: 'order-service', level: 'warn' });
  const database = createDatabase(url, 'reconcile-stock', config, logger);
  try {
    return await work(database);
  } finally {
    await database.stop();
  }
}

const OUTCOMES: Record<RepairOutcome, string> = {
  reported: '',
  repaired: ': repaired',
  impossible:
    ': not repaired, because more units are reserved than there are; count the warehouse and set on_hand or backorder_limit',
  locked: ': not repaired, because the stock was locked; repeat the command',
};

const linesOf = ({ level: { sku, productId, owner }, texts, outcome }: ProductDifference): string[] =>
  texts.map((text) => `${owner} ${sku} (${productId}): ${text}${OUTCOMES[outcome]}`);
