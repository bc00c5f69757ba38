import { ConfigError, readEnv } from '../shared/config/read-env';
import { runTask } from '../shared/runtime/run-service';
import { orderMigrationVariables } from './config';
import { runStockReconciliation } from './inventory/workers/stock-reconciliation';
import { orderSchema } from './migrations';

// Compares stock with its ledger, the orders and the reservations, while the service runs; see docs/INVENTORY.md.
runTask(
  async () => {
    const [option, ...others] = process.argv.slice(2);
    if (others.length > 0 || (option !== undefined && option !== '--repair'))
      throw new ConfigError(['usage: reconcile-stock [--repair]']);
    const config = readEnv(orderMigrationVariables);
    const url = config.ORDER_DATABASE_MIGRATION_URL ?? config.ORDER_DATABASE_URL;
    const write = (line: string): void => void process.stdout.write(`${line}\n`);
    const schema = orderSchema(config.DATABASE_SCHEMA);
    const { summary, isDifferent } = await runStockReconciliation({
      url,
      schema,
      isRepairing: !!option,
      write,
    });
    if (isDifferent) process.exitCode = 1;
    return summary;
  },
  { takesArguments: true },
);
