import { stringify } from 'csv-stringify/sync';
import { inexactNumber } from '../../../shared/contracts/exact-numbers';
import { type FieldError } from '../../../shared/contracts/problem';
import { CSV_OPTIONS, toJsonCell, withFormulas } from '../../../shared/http/csv-text';
import { type Product } from '../domain/product';
import { toProductResource } from '../domain/product-resource';
import { READ_ONLY_MEMBERS } from './product-schemas';

const COLUMNS = [
  'sku',
  'name',
  'description',
  'category',
  'currency',
  'price',
  'tax_class',
  'weight_grams',
  'attributes',
  'image_url',
  'active',
  ...READ_ONLY_MEMBERS,
] as const;
type Column = (typeof COLUMNS)[number];

const REQUIRED: readonly Column[] = ['sku', 'name', 'price'];

export const CSV_EXAMPLE = `sku,name,category,price,currency\r\nlamp,Desk lamp,home/lighting,79.90,USD\r\n`;

/**
 * Products as CSV (RFC 4180): UTF-8 without a byte order mark, records end in CRLF. Text that a spreadsheet would run as a formula is
 * escaped; {@link toMembers} reads it back.
 */
export function toCsv(products: readonly Product[], isFirst: boolean): string {
  return stringify(products.map(toRow), {
    ...CSV_OPTIONS,
    cast: { ...CSV_OPTIONS.cast, boolean: String },
    header: isFirst,
    columns: [...COLUMNS],
  });
}

function toRow(product: Product): Record<Column, string | number | boolean | null> {
  const { attributes, ...members } = toProductResource(product);
  return { ...members, attributes: Object.keys(attributes).length === 0 ? null : toJsonCell(attributes) };
}

/** The names in the first line; a fault of one of them has the number of its column. */
export function columnFaults(names: readonly string[]): FieldError[] {
  const faults = names.flatMap((name, index): FieldError[] => {
    const path = `columns[${index + 1}]`;
    if (!COLUMNS.some((column) => column === name))
      return [{ path, message: `is not a known column: ${JSON.stringify(name)}` }];
    return names.indexOf(name) === index ? [] : [{ path, message: `is a repeated column: ${name}` }];
  });
  const missing = REQUIRED.filter((column) => !names.includes(column));
  return [...faults, ...missing.map((column) => ({ path: column, message: 'is a required column' }))];
}

/** The members of a record, as a request body has them, and the faults of cells that cannot be read. An empty cell is an absent member. */
export function toMembers(
  names: readonly string[],
  cells: readonly string[],
): { members: Record<string, unknown>; faults: FieldError[] } {
  if (cells.length !== names.length) {
    const message = `must have ${names.length} cells, as the first line; it has ${cells.length}`;
    return { members: {}, faults: [{ path: '', message }] };
  }
  const members: Record<string, unknown> = {};
  const faults: FieldError[] = [];
  for (const [index, name] of names.entries()) {
    const cell = cells[index] ?? '';
    if (cell === '') continue;
    const read = readCell(name, cell);
    if ('value' in read) members[name] = read.value;
    else faults.push({ path: name, message: read.fault });
  }
  return { members, faults };
}

type CellResult = { value: unknown } | { fault: string };

const READERS: Readonly<Partial<Record<string, (cell: string) => CellResult>>> = {
  price: (cell) => {
    if (!/^\d{1,100}(?:\.\d{1,100})?$/.test(cell)) return { fault: 'must be a decimal number such as 19.90' };
    const inexact = inexactNumber(cell);
    return inexact ? { fault: inexact.message } : { value: Number(cell) };
  },
  weight_grams: (cell) =>
    /^\d{1,10}$/.test(cell) ? { value: Number(cell) } : { fault: 'must be a whole number' },
  active: (cell) =>
    /^(?:true|false)$/i.test(cell)
      ? { value: cell.toLowerCase() === 'true' }
      : { fault: 'must be true or false' },
  attributes: (cell) => {
    try {
      return { value: JSON.parse(cell) as unknown };
    } catch {
      return { fault: 'must be a JSON object such as {"colour":"green"}' };
    }
  },
};

const readCell = (name: string, cell: string): CellResult =>
  READERS[name]?.(cell) ?? { value: withFormulas(cell) };
