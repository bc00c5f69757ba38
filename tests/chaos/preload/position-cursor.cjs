// Loaded before a service: its relay reads the log from the position that it has reached, instead of what is unpublished.
const unpublished = require('../../../dist/shared/event-log/unpublished-events.js');
const { EVENT_COLUMNS, toStoredEvent } = require('../../../dist/shared/event-log/read-events.js');
let last = '0';
unpublished.lockHeads = async (tx, limit) => {
  const { rows } = await tx.query(
    `SELECT ${EVENT_COLUMNS} FROM events e WHERE e.seq > $1 AND e.queue IS NOT NULL ORDER BY e.seq LIMIT $2`,
    [last, limit],
  );
  if (rows.length > 0) last = rows.at(-1).seq;
  return rows.map(toStoredEvent);
};
