export const NEVER_OVERSOLD = 'I12 never oversold';
export const BOOKS_AGREE = 'I13 ledger, counters, orders and reservations agree';
