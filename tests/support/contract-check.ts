import { readFileSync } from 'node:fs';
import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { declaredProblemTypes } from '../../src/shared/contracts/problem';

interface ResponseObject {
  content?: Record<string, { schema: object }>;
}

interface OperationObject {
  operationId: string;
  responses: Record<string, ResponseObject | { $ref: string }>;
}

export interface KnownOperation {
  service: string;
  operation: OperationObject;
}

export interface CheckedAnswer {
  status: number;
  contentType: string;
  text: string;
}

const SERVICES = ['order-service', 'delivery-service'];

const documents = SERVICES.map((service) => ({
  service,
  document: JSON.parse(readFileSync(`docs/openapi/${service}.json`, 'utf8')) as {
    paths: Record<string, Record<string, OperationObject>>;
    components: { responses: Record<string, ResponseObject> };
  },
}));

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats(ajv);
const validators = new Map<object, ValidateFunction>();

/**
 * Validates an answer against the contract: the operation must declare the status, and the body must match its schema.
 *
 * @returns one line per fault; empty for a path that is in no contract
 */
export function contractFaults(method: string, url: string, answer: CheckedAnswer): string[] {
  const known = operationsAt(method, new URL(url).pathname);
  if (known.length === 0) return [];
  const faults = known.map(({ service, operation }) => faultsOf(service, operation, answer));
  return faults.find((lines) => lines.length === 0) ?? faults[0] ?? [];
}

/** The operations of both contracts at that path; `/health` is in both. */
function operationsAt(method: string, pathname: string): KnownOperation[] {
  const path = pathname.replace(/^\/v1(?=\/)/, '');
  return documents.flatMap(({ service, document }) => {
    const templates = Object.keys(document.paths).filter((template) => matches(template, path));
    const template = templates.find((candidate) => !candidate.includes('{')) ?? templates[0];
    const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
    const operation = template === undefined ? undefined : document.paths[template]?.[verb];
    return operation ? [{ service, operation }] : [];
  });
}

const matches = (template: string, path: string): boolean =>
  new RegExp(`^${template.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path);

/** Statuses that any request can get, because it is refused before its operation is known. */
const ANYWHERE = [400, 404, 408, 417, 431];

function faultsOf(service: string, operation: OperationObject, answer: CheckedAnswer): string[] {
  const where = `${operation.operationId} ${answer.status}`;
  const declared = declaredResponse(service, operation, answer.status);
  if (!declared)
    return ANYWHERE.includes(answer.status)
      ? problemFaults(where, answer)
      : [`${where}: this status is not in the contract`];
  const [type = ''] = answer.contentType.split(';');
  if (!declared.content) return answer.text === '' ? [] : [`${where}: a body that is not in the contract`];
  const content = declared.content[type];
  if (!content)
    return answer.text === '' ? [] : [`${where}: the media type "${type}" is not in the contract`];
  if (!/json$/.test(type)) return [];
  const validate = validatorOf(service, content.schema);
  // For NDJSON the contract describes one line.
  if (type.endsWith('ndjson'))
    return answer.text
      .split('\n')
      .flatMap((line) => (line === '' ? [] : schemaFaults(where, validate, line)));
  const faults = schemaFaults(where, validate, answer.text);
  return faults.length === 0 && type.includes('problem') ? problemFaults(where, answer) : faults;
}

function declaredResponse(
  service: string,
  { responses }: OperationObject,
  status: number,
): ResponseObject | undefined {
  const response = responses[String(status)];
  if (!response || !('$ref' in response)) return response;
  return componentsOf(service).responses[response.$ref.replace('#/components/responses/', '')];
}

const componentsOf = (service: string) =>
  documents.find((candidate) => candidate.service === service)!.document.components;

function schemaFaults(where: string, validate: ValidateFunction, json: string): string[] {
  if (validate(JSON.parse(json))) return [];
  return (validate.errors ?? []).map(
    (error) => `${where}: ${error.instancePath} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
  );
}

/** The code must be in the catalogue, with this status. */
function problemFaults(where: string, { status, text }: CheckedAnswer): string[] {
  const { code, status: inBody } = JSON.parse(text || '{}') as { code?: string; status?: number };
  if (
    text === '' ||
    (declaredProblemTypes().some((type) => type.code === code && type.status === status) && inBody === status)
  )
    return [];
  return [`${where}: the code ${String(code)} does not belong to this status`];
}

function validatorOf(service: string, schema: object): ValidateFunction {
  const known = validators.get(schema);
  if (known) return known;
  const validate = ajv.compile({ ...schema, components: componentsOf(service) });
  validators.set(schema, validate);
  return validate;
}
