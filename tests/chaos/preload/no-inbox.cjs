// Loaded before a service: messages are no longer recognised when they come again, nor is a second shipment of an order.
const inbox = require('../../../dist/shared/event-log/inbox.js');
inbox.recordMessages = async (tx, ids) => new Set(ids);
const shipments = require('../../../dist/delivery-service/store/shipment-store.js');
const insert = shipments.insertShipments;
shipments.insertShipments = (tx, steps) =>
  insert(
    {
      query: (text, values) => tx.query(text.replace(/ON CONFLICT[^]*?DO NOTHING/, ''), values),
    },
    steps,
  );
