// Loaded before a service: its relay reads the log from the position that all relays have reached, instead of what is unpublished, and its
// event feed forgets the events that were not committed when a later one was found.
const { EVENT_COLUMNS, toStoredEvent } = require('../../../dist/shared/event-log/read-events.js');
const { replaceExports } = require('./replace-exports.cjs');

replaceExports('shared/event-log/outbox', () => ({
  async lockHeads(tx, { limit }) {
    await tx.query('CREATE TABLE IF NOT EXISTS relay_position (last bigint NOT NULL)', []);
    const position = await tx.query('SELECT coalesce(max(last), 0) AS last FROM relay_position', []);
    const { rows } = await tx.query(
      `SELECT ${EVENT_COLUMNS}, o.queue, o.resend, o.position FROM events e JOIN outbox o USING (seq)
        WHERE e.seq > $1 ORDER BY e.seq LIMIT $2`,
      [position.rows[0].last, limit],
    );
    if (rows.length > 0) await tx.query('INSERT INTO relay_position VALUES ($1)', [rows.at(-1).seq]);
    return rows.map((row) => ({ ...toStoredEvent(row), ...waiting(row) }));
  },
}));

const waiting = ({ queue, resend, position, version }) => ({
  queue,
  resend,
  position,
  headVersion: version,
  attempts: null,
});

const FORGET =
  "UPDATE event_feed_steps SET missing = '{}' WHERE step = (SELECT max(step) FROM event_feed_steps)";

replaceExports('shared/event-log/event-sequencer', ({ createEventSequencer }) => ({
  createEventSequencer({ db, logger }) {
    const forgetful = {
      ...db,
      async transaction(work, options) {
        await db.query(FORGET, []);
        return db.transaction(work, options);
      },
    };
    return createEventSequencer({ db: forgetful, logger });
  },
}));
