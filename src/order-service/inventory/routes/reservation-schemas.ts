import { z } from 'zod';
import { version } from '../../../shared/contracts/integers';
import { list } from '../../../shared/contracts/lists';
import { productId, uuid } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { RESERVATION_NOT_FOUND } from '../domain/problem-types';
import { type Reservation, RESERVATION_STATUSES } from '../domain/reservation';

export const RESERVATIONS_TAG = 'reservations';

/** The members of the declarations of all operations on reservations. */
export const OF_RESERVATIONS = { tag: RESERVATIONS_TAG, access: 'stock:manage' } as const;

/** The members of the declarations of operations on one reservation. */
export const OF_RESERVATION = {
  ...OF_RESERVATIONS,
  path: '/reservations/{reservation_id}',
  params: z.object({ reservation_id: uuid }),
  notFound: RESERVATION_NOT_FOUND,
} as const;

export const ETAG_HEADER = { ETag: 'the version of the reservation, quoted' };

export const reservationStatus = z.enum(RESERVATION_STATUSES).meta({ id: 'ReservationStatus' });

const item = z.object({
  product_id: productId.describe('the code (`sku`) of the product, as in the items of orders'),
  quantity: z.int(),
});

export const reservationResource = z
  .object({
    reservation_id: uuid,
    status: reservationStatus.describe(
      'active: it holds its items; converted: an order took it over; released and expired: its items are available again',
    ),
    items: z.array(item).describe('items with the same product are one'),
    expires_at: utcTimestamp.describe('within 2 s after this time the items are available again'),
    order_id: uuid.nullable().describe('the order that took it over'),
    version: version.describe('counts the changes of the reservation; also its ETag'),
    created_at: utcTimestamp,
    updated_at: utcTimestamp,
  })
  .meta({ id: 'Reservation' });
export type ReservationResource = z.infer<typeof reservationResource>;

export const reservationList = z
  .object({ data: z.array(reservationResource), next_cursor: z.string().nullable() })
  .meta({ id: 'ReservationList' });

const DEFAULT_SECONDS = 900;
const MOST_SECONDS = 7 * 86_400;

const expiresInSeconds = z
  .int()
  .min(1)
  .max(MOST_SECONDS)
  .describe('the number of seconds from now until it expires; at most 7 days');

export const createBody = z.strictObject({
  items: list(
    z.strictObject({
      product_id: productId.describe('the code (`sku`) of the product, as in the items of orders'),
      quantity: z.int().min(1).max(10_000),
    }),
    1,
    100,
  ),
  expires_in_seconds: expiresInSeconds.default(DEFAULT_SECONDS),
});

export const extendBody = z.strictObject({ expires_in_seconds: expiresInSeconds });

export const toReservationResource = (reservation: Reservation): ReservationResource => ({
  reservation_id: reservation.reservationId,
  status: reservation.status,
  items: reservation.items.map(({ sku, quantity }) => ({ product_id: sku, quantity })),
  expires_at: reservation.expiresAt.toISOString(),
  order_id: reservation.orderId,
  version: reservation.version,
  created_at: reservation.createdAt.toISOString(),
  updated_at: reservation.updatedAt.toISOString(),
});

export const EXAMPLE_RESERVATION: ReservationResource = {
  reservation_id: '01a1fc42-fc03-72fd-b531-1111a4fbee17',
  status: 'active',
  items: [{ product_id: 'lamp', quantity: 2 }],
  expires_at: '2026-11-21T04:15:10.755Z',
  order_id: null,
  version: 1,
  created_at: '2026-11-21T04:00:10.755Z',
  updated_at: '2026-11-21T04:00:10.755Z',
};
