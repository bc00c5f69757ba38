// Loaded before a service: messages are no longer recognised when they come again, nor is a second shipment of an order.
const { randomUUID } = require('node:crypto');
const { setTimeout: delay } = require('node:timers/promises');
const { replaceExports } = require('./replace-exports.cjs');

replaceExports('shared/event-log/inbox', () => ({
  recordNewMessages: () => undefined,
  recordMessages: async (tx, ids) => new Set(ids),
}));

replaceExports('delivery-service/store/shipment-writes', ({ insertNewShipments, insertShipments }) => ({
  insertNewShipments: (tx, steps) => insertNewShipments(tx, steps.map(withAnotherId)),
  insertShipments: (tx, steps) =>
    insertShipments(
      { query: (statement, values) => tx.query(withoutConflict(statement), values) },
      steps.map(withAnotherId),
    ),
}));

/** As a plain text: under its name a connection could have prepared the true statement. */
function withoutConflict({ text }) {
  const without = text.replace(/ON CONFLICT[^]*?DO NOTHING/, '');
  if (without === text) throw new Error('the sabotage does not fit the statement any more');
  return without;
}

/** The id that follows from the order would refuse the second shipment, too. */
const withAnotherId = (step) => ({ ...step, shipment: { ...step.shipment, shipmentId: randomUUID() } });

replaceExports('delivery-service/services/accept-order', ({ createAcceptOrder }) => ({
  createAcceptOrder(dependencies) {
    const accept = createAcceptOrder(dependencies);
    return async (created) => {
      const isNew = await accept(created);
      // Long enough that whoever ends the process mostly finds messages that had their effect and are not acknowledged.
      await delay(500);
      return isNew;
    };
  },
}));
