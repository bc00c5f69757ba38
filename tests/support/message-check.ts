import { readFileSync } from 'node:fs';
import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { type AsyncApiDocument } from '../../src/shared/http/asyncapi-document';

type Schema = Record<string, unknown>;

let validators: ReadonlyMap<string, ValidateFunction> | undefined;

/**
 * Validates a message to a client against docs/asyncapi/order-service.json. A member that is not in the contract is a fault too, although the
 * contract allows clients to ignore it.
 *
 * @param name that of the message in the contract
 * @returns one line per fault
 */
export function messageFaults(name: string, message: unknown): string[] {
  validators ??= createValidators();
  const validate = validators.get(name);
  if (!validate) return [`the message ${name} is not in the contract`];
  if (validate(message)) return [];
  return (validate.errors ?? []).map(
    (error) => `${name}: ${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
  );
}

/** Fails the test that is running when a message to a client is not as in the contract, wherever it is received. */
export function checkMessage(name: string, message: unknown): void {
  const faults = messageFaults(name, message);
  if (faults.length === 0) return;
  queueMicrotask(() => {
    throw new Error(`a message breaks the contract: ${faults.join('; ')}\n${JSON.stringify(message)}`);
  });
}

const MESSAGES: Readonly<Record<string, string>> = {
  order: 'orderEvent',
  product: 'productEvent',
  inventory: 'inventoryEvent',
};

/** Fails the test that is running when a public event is not as in the contract. */
export function checkEvent(event: unknown): void {
  const { type = '' } = (event ?? {}) as { type?: string };
  checkMessage(MESSAGES[type.split('.')[0] ?? ''] ?? `event of the type ${type}`, event);
}

function createValidators(): ReadonlyMap<string, ValidateFunction> {
  const document = JSON.parse(readFileSync('docs/asyncapi/order-service.json', 'utf8')) as AsyncApiDocument;
  const { messages, schemas } = document.components;
  const components = {
    schemas: Object.fromEntries(
      Object.entries(schemas).map(([id, schema]) => [id, withoutOtherMembers(schema as Schema)]),
    ),
  };
  const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
  return new Map(
    Object.entries(messages).map(([name, { payload }]) => [name, ajv.compile({ ...payload, components })]),
  );
}

/** The schema without members that it does not name, at any depth. */
function withoutOtherMembers(schema: Schema): Schema {
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)] as const);
  const isOpen = schema['type'] === 'object' && 'properties' in schema && !('additionalProperties' in schema);
  return { ...Object.fromEntries(entries), ...(isOpen && { additionalProperties: false }) };
}

const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  return typeof value === 'object' && value !== null ? withoutOtherMembers(value as Schema) : value;
};
