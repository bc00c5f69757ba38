// Loaded before a service: messages are no longer recognised when they come again, nor is a second shipment of an order.
const { randomUUID } = require('node:crypto');
const { setTimeout: delay } = require('node:timers/promises');
const inbox = require('../../../dist/shared/event-log/inbox.js');
inbox.recordMessages = async (tx, ids) => new Set(ids);

const shipments = require('../../../dist/delivery-service/store/shipment-store.js');
const insert = shipments.insertShipments;
shipments.insertShipments = (tx, steps) =>
  insert(
    { query: (statement, values) => tx.query(withoutConflict(statement), values) },
    steps.map(withAnotherId),
  );

/** The id that follows from the order would refuse the second shipment, too. */
const withAnotherId = (step) => ({ ...step, shipment: { ...step.shipment, shipmentId: randomUUID() } });

/** As a plain text: under its name a connection could have prepared the true statement. */
function withoutConflict({ text }) {
  const without = text.replace(/ON CONFLICT[^]*?DO NOTHING/, '');
  if (without === text) throw new Error('the sabotage does not fit the statement any more');
  return without;
}

const acceptance = require('../../../dist/delivery-service/services/accept-order.js');
const { orderAcceptance } = acceptance;
acceptance.orderAcceptance = (dependencies) => {
  const accept = orderAcceptance(dependencies);
  return async (created) => {
    const isNew = await accept(created);
    // Long enough that whoever ends the process mostly finds messages that had their effect and are not acknowledged.
    await delay(500);
    return isNew;
  };
};
