// Loaded before a service: its relay reads the log from the position that it has reached, instead of what is unpublished.
const unpublished = require('../../../dist/shared/event-log/unpublished-events.js');
const { EVENT_COLUMNS, toStoredEvent } = require('../../../dist/shared/event-log/read-events.js');
const appending = require('../../../dist/shared/event-log/append-event.js');
const { setTimeout: delay } = require('node:timers/promises');

// Transactions that take a moment longer, as over a network: of two, the one with the later number commits first now and then.
const append = appending.appendEvent;
appending.appendEvent = async (...event) => {
  await append(...event);
  await delay(Math.random() * 40);
};

let last = '0';
unpublished.lockHeads = async (tx, limit) => {
  const { rows } = await tx.query(
    `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.seq > $1 AND e.queue IS NOT NULL ORDER BY e.seq LIMIT $2`,
    [last, limit],
  );
  if (rows.length > 0) last = rows.at(-1).seq;
  return rows.map(toStoredEvent);
};
