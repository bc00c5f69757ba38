// Loaded before a service: it reads the stock without locking it, and writes it a moment afterwards.
const { setTimeout: delay } = require('node:timers/promises');
const { replaceExports } = require('./replace-exports.cjs');

const LOCKING = ['lockLevels', 'lockFreeLevels', 'lockLevelsOfOrders'];

replaceExports('order-service/inventory/store/stock-lock-store', (original) =>
  Object.fromEntries(
    LOCKING.map((name) => [
      name,
      async (tx, ids) => {
        const found = await original[name](withoutLocks(tx), ids);
        // Long enough that another session mostly reads the same.
        await delay(30);
        return found;
      },
    ]),
  ),
);

/** As a plain text: under its name a connection could have prepared the true statement. */
const withoutLocks = (tx) => ({
  query(statement, values) {
    const without = statement.text.replace(/ FOR NO KEY UPDATE OF s( SKIP LOCKED)?/, '');
    if (without === statement.text) throw new Error('the sabotage does not fit the statement any more');
    return tx.query(without, values);
  },
});
