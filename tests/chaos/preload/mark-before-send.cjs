// Loaded before a service: its relay marks events as sent in a transaction of their own, and sends them afterwards.
const unpublished = require('../../../dist/shared/event-log/unpublished-events.js');
const publishing = require('../../../dist/shared/queue/publish-batch.js');
const { lockHeads, markPublished } = unpublished;
unpublished.lockHeads = async (tx, limit, except) => {
  const heads = await lockHeads(tx, limit, except);
  await markPublished(
    tx,
    heads.map(({ eventId }) => eventId),
  );
  await tx.query('COMMIT', []);
  await tx.query('BEGIN', []);
  return heads;
};
unpublished.markPublished = async () => undefined;
module.exports = publishing;
