import { setImmediate } from 'node:timers/promises';
import { CsvError, parse } from 'csv-parse';
import { CR, LF, lineCounter } from '../../../shared/http/text-lines';

/** How many bytes are parsed before other work runs: about a millisecond. */
const BYTES_AT_ONCE = 16 * 1024;

/** The maximum number of characters of a record. */
export const MAX_RECORD = 100 * 1024;

/** A record of a CSV file. */
export interface CsvRecord {
  /** The line of the file in which it begins, counted from 1. */
  line: number;
  cells: string[];
}

/** Ends the records: what follows cannot be read, because it depends on where cells begin and end. */
export interface CsvFault {
  line: number;
  message: string;
}

/**
 * Reads CSV (RFC 4180) with any line ends, in parts. Empty lines are skipped.
 *
 * @param body UTF-8 without a byte order mark.
 * @returns the fault that ends the file early; null when it was read to its end.
 */
export async function* csvRecords(body: Buffer): AsyncGenerator<CsvRecord[], CsvFault | null> {
  const lines = lineCounter(body);
  let records: CsvRecord[] = [];
  let end = 0;
  let error: Error | null = null;
  const parser = parse({
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD,
    on_record: (cells: string[], { bytes }) => {
      records.push({ line: lines.at(skipLineEnds(body, end)), cells });
      end = bytes;
      // Nothing goes into the stream, so that it never holds the parser back.
      return null;
    },
  });
  parser.on('error', (thrown) => (error = thrown));
  parser.resume();
  const closed = new Promise((resolve) => parser.once('close', resolve));
  for (let at = 0; at < body.length && error === null; at += BYTES_AT_ONCE) {
    parser.write(body.subarray(at, at + BYTES_AT_ONCE));
    await setImmediate();
    if (records.length > 0) yield records;
    records = [];
  }
  if (error === null) parser.end();
  await closed;
  if (records.length > 0) yield records;
  return error === null ? null : { line: lines.at(skipLineEnds(body, end)), message: messageFor(error) };
}

const MESSAGES: Readonly<Partial<Record<string, string>>> = {
  CSV_MAX_RECORD_SIZE: `is longer than ${MAX_RECORD / 1024} kB, or has a quote that is not closed`,
  CSV_QUOTE_NOT_CLOSED: 'has a quote that is not closed',
  CSV_INVALID_CLOSING_QUOTE: 'has text after a closing quote; a quote in a quoted cell is written twice',
  INVALID_OPENING_QUOTE: 'has a quote in a cell that does not begin with one',
};

const messageFor = (error: Error): string =>
  `${(error instanceof CsvError && MESSAGES[error.code]) || 'is not valid CSV'}; the lines behind it were not read`;

function skipLineEnds(body: Buffer, from: number): number {
  let at = from;
  while (body[at] === LF || body[at] === CR) at += 1;
  return at;
}
