import { type ScopeDeclaration } from '../../shared/contracts/scopes';
import { createFindOrderProducts } from '../catalogue/use-cases/find-order-products';
import { type Module, type Platform } from '../platform';
import { reservationOperations } from './routes/reservation-operations';
import { RESERVATIONS_TAG } from './routes/reservation-schemas';
import { stockOperations } from './routes/stock-operations';
import { STOCK_TAG } from './routes/stock-schemas';
import { pruneReservations } from './use-cases/end-reservations';
import { createReservationExpiry } from './workers/reservation-expiry';

export const inventoryScopes: ScopeDeclaration = { scopes: ['stock:manage'], ofShops: ['stock:manage'] };

/** The module `inventory`: the stock of products, its ledger, and reservations. */
export function composeInventory({ database: db, readPool, logger, metrics }: Platform): Module {
  const countExpired = metrics.counter('reservations_expired_total', 'Reservations that have expired.', []);
  return {
    tags: [
      { name: STOCK_TAG, description: 'How many units of each product there are, and why.' },
      { name: RESERVATIONS_TAG, description: 'Units that are held for a limited time, for a cart.' },
    ],
    links: { stock: '/stock', reservations: '/reservations' },
    operations: [
      ...stockOperations({ db, reads: readPool }),
      ...reservationOperations({ db, reads: readPool, findProducts: createFindOrderProducts(db) }),
    ],
    components: [createReservationExpiry({ db, logger, onExpired: (count) => countExpired({}, count) })],
    housekeeping: [() => pruneReservations(db)],
    healthChecks: {},
  };
}
