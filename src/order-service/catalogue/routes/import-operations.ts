import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { EXAMPLE_PRODUCT_BODY } from '../../../shared/contracts/product-resource';
import {
  PAYLOAD_TOO_LARGE,
  UNAVAILABLE,
  UNSUPPORTED_MEDIA_TYPE,
  VALIDATION_FAILED,
} from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { bodyBudget } from '../../../shared/http/body-budget';
import { bodyReader } from '../../../shared/http/request-body';
import { type Database } from '../../../shared/postgres/queryable';
import { createConcurrencyLimit } from '../../../shared/resilience/concurrency-limit';
import { createLoadPace } from '../../../shared/runtime/load-pace';
import { IMPORT_IN_PROGRESS, IMPORT_REFUSED } from '../domain/problem-types';
import { importProducts } from '../use-cases/import-products';
import { csvLines, ndjsonLines, readImportFile } from './import-file';
import { CSV_EXAMPLE } from './product-csv';
import { importLine, PRODUCTS_TAG } from './product-schemas';

const CSV = 'text/csv';
const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson'];
const TYPES = [CSV, ...NDJSON_TYPES];
const MAX_BYTES = 64 * 1024 * 1024;

/** The imports of all clients in a process at a time: each holds its products in memory and a connection for its whole duration. */
const MOST_IMPORTS = 2;
const RETRY_AFTER_S = 5;

/** How long a file may occupy the process at a time, and how long other work goes first then, in milliseconds. */
const SLICE_MS = 3;
const VALIDATION_PACE = { idleMs: 0, busyMs: 6 };
/** The pause between two parts that are written, in milliseconds. */
const WRITE_PACE = { idleMs: 0, busyMs: 30 };

const importResult = z
  .object({
    created: z.int().min(0),
    updated: z.int().min(0),
    unchanged: z.int().min(0).describe('products that have the content of their lines already'),
  })
  .meta({ id: 'ImportResult' });

/** `POST /products/import`. */
export function importOperation({ db }: { db: Database }): Operation {
  const limit = createConcurrencyLimit({
    max: MOST_IMPORTS,
    maxWaiting: 0,
    maxWaitMs: 0,
    refusal: tooManyImports,
  });
  return operation({
    id: 'importProducts',
    method: 'post',
    path: '/products/import',
    tag: PRODUCTS_TAG,
    summary: 'Import products',
    description:
      'Up to 100 000 products as CSV or NDJSON, at most 64 MB, also compressed (`Content-Encoding: gzip`). Each line is a complete product: one ' +
      'with a new `sku` is created, one with a known `sku` gets the content of its line, and members that the line lacks get their defaults. ' +
      'Products that are not in the file stay. The whole file is validated first and then written at once, or refused with its errors by line; ' +
      'nothing is ever half done. When the caller disconnects, nothing is imported. A repeated import changes nothing.',
    access: 'product:manage',
    rawBody: {
      parsers: [
        bodyBudget({ maxBytes: MAX_BYTES, perClientBytes: MAX_BYTES, totalBytes: 2 * MAX_BYTES }),
        bodyReader({ types: TYPES, maxBytes: MAX_BYTES }),
      ],
      content: {
        [CSV]: { schema: z.string(), example: CSV_EXAMPLE },
        ...Object.fromEntries(
          NDJSON_TYPES.map((type) => [type, { schema: importLine, example: EXAMPLE_PRODUCT_BODY }]),
        ),
      },
    },
    responses: {
      200: jsonResponse('the file is imported', importResult, { created: 120, updated: 7, unchanged: 3 }),
    },
    problems: [
      VALIDATION_FAILED,
      IMPORT_REFUSED,
      IMPORT_IN_PROGRESS,
      PAYLOAD_TOO_LARGE,
      UNSUPPORTED_MEDIA_TYPE,
    ],
    async handle({ owner, origin, request, response }) {
      await untilClientDisconnects(response, async (signal) => {
        const counts = await limit({ key: 'imports', signal }, async () => {
          const body = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
          const lines = request.is(CSV) ? csvLines(body) : ndjsonLines(body);
          const products = await readImportFile(lines, createSlices(signal));
          return importProducts(db, { owner, products, origin, signal, pause: createPauses() });
        });
        response.json(counts);
      });
    },
  });
}

const tooManyImports = (): AppError =>
  new AppError(UNAVAILABLE, 'too many imports are in progress; try again in a moment', {
    retryAfterSeconds: RETRY_AFTER_S,
  });

/** Returns a function that lets other work run whenever the time of a slice is up. */
function createSlices(signal: AbortSignal): () => Promise<void> {
  const pace = createLoadPace(VALIDATION_PACE);
  let end = performance.now() + SLICE_MS;
  return async () => {
    if (performance.now() < end) return;
    await delay(pace());
    signal.throwIfAborted();
    end = performance.now() + SLICE_MS;
  };
}

function createPauses(): () => Promise<void> {
  const pace = createLoadPace(WRITE_PACE);
  return () => delay(pace());
}
