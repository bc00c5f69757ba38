/** How often an order's ORDER_CREATED was sent again, or is to be. */
export const RESENDS_OF_EACH = `
  SELECT greatest((SELECT max(p.resend) FROM publications p WHERE p.seq = e.seq),
                  (SELECT max(o.resend) FROM outbox o WHERE o.seq = e.seq)) AS resends
    FROM events e WHERE e.subject_id = ANY ($1) AND e.type = 'ORDER_CREATED'`;
/** The same for one order. */
export const RESENDS = RESENDS_OF_EACH.replace('ANY ($1)', '$1');
