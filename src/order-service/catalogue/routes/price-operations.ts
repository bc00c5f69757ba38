import { z } from 'zod';
import { version } from '../../../shared/contracts/integers';
import { pageParameters } from '../../../shared/contracts/lists';
import { currency, toJsonAmount } from '../../../shared/contracts/money';
import { INVALID_CURSOR } from '../../../shared/contracts/problem';
import { utcTimestamp } from '../../../shared/contracts/timestamps';
import { CACHE_HEADERS, sendCached } from '../../../shared/http/cached-response';
import { ifNoneMatchHeader } from '../../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type Database } from '../../../shared/postgres/queryable';
import { type PricePeriod } from '../domain/price-period';
import { listPrices } from '../use-cases/list-prices';
import { OF_PRODUCT } from './product-schemas';
import { refOf } from './product-tags';

const pricePeriod = z
  .object({
    price: z.number(),
    currency,
    valid_from: utcTimestamp.describe('until the price before it in the list'),
    version: version.describe('the version of the product that had this price first'),
    actor: z.string().describe('who set the price'),
  })
  .meta({ id: 'PricePeriod' });

const priceList = z
  .object({ data: z.array(pricePeriod), next_cursor: z.string().nullable() })
  .meta({ id: 'PriceList' });

const EXAMPLES = [
  { price: 69.9, currency: 'USD', valid_from: '2026-11-22T09:30:00.000Z', version: 2, actor: 'lamp-shop' },
  { price: 79.9, currency: 'USD', valid_from: '2026-11-21T04:00:10.755Z', version: 1, actor: 'lamp-shop' },
];

/** `GET /products/{product}/prices`. */
export function pricesOperation({ db }: { db: Database }): Operation {
  return operation({
    ...OF_PRODUCT,
    id: 'listPrices',
    method: 'get',
    path: '/products/{product}/prices',
    summary: 'Read the prices of a product',
    description: 'The present price and all earlier ones, newest first.',
    access: 'order:read',
    query: z.strictObject(pageParameters),
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('a page of prices', priceList, { data: EXAMPLES, next_cursor: null }, CACHE_HEADERS),
      304: { description: 'the caller already has this response', headers: CACHE_HEADERS },
    },
    problems: [INVALID_CURSOR],
    async handle({ params, page, owner, visibleOwner, request, response }) {
      const { rows, nextCursor } = await listPrices(db, refOf(params, owner), visibleOwner, page);
      sendCached(request, response, { data: rows.map(toResource), next_cursor: nextCursor });
    },
  });
}

const toResource = ({ price, currency: code, validFrom, version: of, actor }: PricePeriod) => ({
  price: toJsonAmount(price, code),
  currency: code,
  valid_from: validFrom.toISOString(),
  version: of,
  actor,
});
