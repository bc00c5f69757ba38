import { setImmediate } from 'node:timers/promises';
import { type FieldError, VALIDATION_FAILED } from '../../../shared/contracts/problem';
import { AppError } from '../../../shared/errors';
import { MAX_LISTED_ERRORS } from '../../../shared/http/error-handler';
import { MAX_JSON_BYTES, parseJson } from '../../../shared/http/json-body';
import { parseInput } from '../../../shared/http/validate';
import { IMPORT_REFUSED } from '../domain/problem-types';
import { type ProductContent } from '../domain/product';
import { csvRecords } from './csv-records';
import { columnFaults, toMembers } from './product-csv';
import { importBody } from './product-schemas';

export const MAX_PRODUCTS = 100_000;

/** The maximum number of faults that an answer lists; of one line, it lists as many as any other answer. */
const MAX_FAULTS = 1_000;

/** A line with the members of a product, before they are validated. */
interface ImportLine {
  line: number;
  members: unknown;
  faults: readonly FieldError[];
}

/** The lines of a file, in parts; returns a fault that ends the file early. */
type ImportLines = AsyncGenerator<ImportLine[], FieldError | null>;

/**
 * Reads and validates a whole file.
 *
 * @param pause called after each product; it may wait, so that other requests are answered meanwhile.
 * @throws AppError `unprocessable` (`import_refused`) with the faults by line; `invalid_input` when there are no products, or too many.
 */
export async function readImportFile(
  lines: ImportLines,
  pause: () => Promise<void>,
): Promise<ProductContent[]> {
  const products: ProductContent[] = [];
  const lineOfSku = new Map<string, number>();
  const faults = faultList();
  let count = 0;
  for (let part = await lines.next(); ; part = await lines.next()) {
    if (part.done) {
      if (part.value) faults.add([part.value]);
      break;
    }
    for (const line of part.value) {
      count += 1;
      if (count > MAX_PRODUCTS) throw wrongCount();
      const content = validated(line, faults);
      if (content) {
        const earlier = lineOfSku.get(content.sku);
        if (earlier === undefined) lineOfSku.set(content.sku, line.line);
        else faults.add([{ path: pathIn(line.line, 'sku'), message: `is the sku of line ${earlier} too` }]);
        products.push(content);
      }
      await pause();
    }
  }
  faults.throwIfAny();
  if (products.length === 0) throw wrongCount();
  return products;
}

function validated({ line, members, faults }: ImportLine, all: FaultList): ProductContent | null {
  if (faults.length > 0) {
    const listed = faults.slice(0, MAX_LISTED_ERRORS);
    all.add(
      listed.map(({ path, message }) => ({ path: pathIn(line, path), message })),
      faults.length - listed.length,
    );
    return null;
  }
  try {
    return parseInput(importBody, members, 'the line is not valid');
  } catch (error) {
    all.add(faultsOf(error, line), error instanceof AppError ? error.moreErrors : 0);
    return null;
  }
}

/** The faults of an error that reading a line has thrown. */
function faultsOf(error: unknown, line: number): FieldError[] {
  if (!(error instanceof AppError)) throw error;
  const errors = error.errors ?? [{ path: '', message: error.message }];
  return errors.map(({ path, message }) => ({ path: pathIn(line, path), message }));
}

const pathIn = (line: number, path: string): string =>
  path === '' ? `lines[${line}]` : `lines[${line}].${path}`;

interface FaultList {
  /** @param more the number of further faults. */
  add: (faults: readonly FieldError[], more?: number) => void;
  throwIfAny: () => void;
}

function faultList(): FaultList {
  const listed: FieldError[] = [];
  let count = 0;
  return {
    add(faults, more = 0) {
      count += faults.length + more;
      listed.push(...faults.slice(0, MAX_FAULTS - listed.length));
    },
    throwIfAny() {
      if (count === 0) return;
      const errors = count === 1 ? 'an error' : `${count} errors`;
      throw new AppError(IMPORT_REFUSED, `the file has ${errors}; nothing was imported`, {
        errors: listed,
        moreErrors: count - listed.length,
        mostListed: MAX_FAULTS,
      });
    },
  };
}

function wrongCount(): AppError {
  const message = `must have 1 to ${MAX_PRODUCTS} products`;
  return new AppError(VALIDATION_FAILED, `the file ${message}`, { errors: [{ path: '', message }] });
}

/** The products of a CSV file. The first line names the columns. */
export async function* csvLines(body: Buffer): ImportLines {
  const parts = csvRecords(body);
  let names: readonly string[] | null = null;
  for (let part = await parts.next(); ; part = await parts.next()) {
    if (part.done) return part.value && { path: pathIn(part.value.line, ''), message: part.value.message };
    const records = [...part.value];
    if (names === null) {
      const { cells = [], line = 1 } = records.shift() ?? {};
      names = cells.map((cell) => cell.trim());
      const faults = columnFaults(names);
      if (faults.length > 0) {
        // Without the columns no line can be read.
        yield [{ line, members: {}, faults }];
        return null;
      }
    }
    yield toImportLines(names, records);
  }
}

const toImportLines = (
  names: readonly string[],
  records: readonly { line: number; cells: readonly string[] }[],
): ImportLine[] => records.map(({ line, cells }) => ({ line, ...toMembers(names, cells) }));

const NEWLINE = 0x0a;
const LINES_AT_ONCE = 100;
const EMPTY_LINES_AT_ONCE = 10_000;

const TOO_LONG: FieldError = { path: '', message: `is longer than ${MAX_JSON_BYTES / 1024} kB` };

/** The products of an NDJSON file. Empty lines are skipped. */
export async function* ndjsonLines(body: Buffer): ImportLines {
  let lines: ImportLine[] = [];
  for (let at = 0, line = 1; at < body.length; line += 1) {
    const newline = body.indexOf(NEWLINE, at);
    const end = newline < 0 ? body.length : newline;
    const bytes = body.subarray(at, end);
    if (bytes.length > MAX_JSON_BYTES) lines.push({ line, members: {}, faults: [TOO_LONG] });
    else if (!isBlank(bytes)) lines.push(jsonLine(line, bytes));
    at = end + 1;
    if (lines.length < LINES_AT_ONCE && line % EMPTY_LINES_AT_ONCE > 0) continue;
    await setImmediate();
    yield lines;
    lines = [];
  }
  yield lines;
  return null;
}

/** White space of JSON: space, tab, CR. */
const isBlank = (bytes: Buffer): boolean =>
  bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

function jsonLine(line: number, bytes: Buffer): ImportLine {
  try {
    return { line, members: parseJson(bytes, 'the line'), faults: [] };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { line, members: {}, faults: error.errors ?? [{ path: '', message: error.message }] };
  }
}
