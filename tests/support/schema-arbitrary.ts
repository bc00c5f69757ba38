import fc, { type Arbitrary } from 'fast-check';

/** The part of JSON Schema 2020-12 that the requests of the contracts use. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
}

/** Values of a schema, for the member with the given name. */
export type SchemaArbitrary = (schema: JsonSchema, name?: string) => Arbitrary<unknown>;

/** Values that often cause faults: extreme numbers, text with code, names of built-in members. */
const HOSTILE = [
  '',
  ' ',
  'null',
  '\u0000',
  '\ud800',
  'a\r\nX-Injected: 1',
  "' OR 1=1 --",
  '../../etc/passwd',
  '{{7*7}}',
  '\u202e',
  'x'.repeat(5_000),
  -0,
  -1,
  1e-7,
  2 ** 53,
  1e308,
  [],
  {},
  [[[[]]]],
  { constructor: { prototype: {} } },
];

export const hostileValue: Arbitrary<unknown> = fc.oneof(fc.constantFrom(...HOSTILE), fc.jsonValue());

export interface ArbitraryOptions {
  /** Targets of `$ref`. */
  components: Record<string, JsonSchema>;
  /** Existing values by member name; most values of such a member are chosen from these. */
  meaningful: Record<string, readonly unknown[]>;
  /** 0: only valid values; otherwise about this percentage of nodes is replaced by hostile values. */
  hostileness: number;
}

/** Values of schemas. */
export function schemaArbitrary({ components, meaningful, hostileness }: ArbitraryOptions): SchemaArbitrary {
  const valueOf: SchemaArbitrary = (schema, name) => {
    const known = meaningful[name ?? ''] ?? [];
    const good = known.length === 0 ? allowed(schema) : mostly(fc.constantFrom(...known), allowed(schema));
    if (hostileness === 0) return good;
    return fc.oneof(
      { arbitrary: good, weight: 100 - hostileness },
      { arbitrary: hostileValue, weight: hostileness },
    );
  };
  const allowed: SchemaArbitrary = (schema) => {
    if (schema.$ref) return allowed(components[schema.$ref.split('/').at(-1)!]!);
    if ('const' in schema) return fc.constant(schema.const);
    if (schema.enum) return fc.constantFrom(...schema.enum);
    const choices = schema.anyOf ?? schema.oneOf;
    if (choices) return fc.oneof(...choices.map((choice) => allowed(choice)));
    return ofType[schema.type ?? 'any']?.(schema, valueOf) ?? fc.jsonValue();
  };
  return valueOf;
}

/** Chooses the first with a weight of three to one. */
export const mostly = (one: Arbitrary<unknown>, other: Arbitrary<unknown>): Arbitrary<unknown> =>
  fc.oneof({ arbitrary: one, weight: 3 }, { arbitrary: other, weight: 1 });

const ofType: Record<string, (schema: JsonSchema, valueOf: SchemaArbitrary) => Arbitrary<unknown>> = {
  null: () => fc.constant(null),
  boolean: () => fc.boolean(),
  string: text,
  integer: ({ minimum, exclusiveMinimum, maximum }) =>
    fc.integer({
      min: Math.max(minimum ?? exclusiveMinimum ?? -(2 ** 31), -(2 ** 31)),
      max: Math.min(maximum ?? 2 ** 31, 2 ** 31),
    }),
  // Amounts: whole hundredths, so that most of them are money.
  number: () => fc.integer({ min: 1, max: 1_000_000 }).map((cents) => cents / 100),
  array: ({ items = {}, minItems = 0, maxItems = 5, uniqueItems }, valueOf) =>
    (uniqueItems ? fc.uniqueArray : fc.array)(valueOf(items), {
      minLength: minItems,
      maxLength: Math.min(maxItems, Math.max(minItems, 5)),
    }),
  object: (schema, valueOf) =>
    fc
      .tuple(
        fc.record(
          Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([name, property]) => [
              name,
              valueOf(property, name),
            ]),
          ),
          { requiredKeys: schema.required ?? [] },
        ),
        additional(schema, valueOf),
      )
      .map(([known, more]) => ({ ...more, ...known })),
};

function additional(
  { additionalProperties: more, propertyNames = { type: 'string' } }: JsonSchema,
  valueOf: SchemaArbitrary,
): Arbitrary<object> {
  if (!more || more === true) return fc.constant({});
  return fc.dictionary(text(propertyNames), valueOf(more), { maxKeys: 5 });
}

function text({ format, pattern, minLength = 0, maxLength = Infinity }: JsonSchema): Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time')
    return fc
      .date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  if (pattern)
    return fc
      .stringMatching(new RegExp(pattern))
      .filter((value) => value.length >= minLength && value.length <= maxLength);
  return fc.string({ unit: 'binary', minLength, maxLength: Math.min(maxLength, 50) });
}
