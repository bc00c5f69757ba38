import { createHash } from 'node:crypto';
import { type OpenApiDocument } from '../../../src/shared/http/openapi-document';
import { SERVICE_OPERATIONS, type ServiceName } from '../contracts';
import { contractOperations, type ContractOperation } from './contract-operations';
import { STORY } from './story';
import { STORY_VARIABLES, type StoryFolder, type StoryStep } from './story-step';

const URLS: Record<ServiceName, string> = {
  'order-service': '{{order_url}}',
  'delivery-service': '{{delivery_url}}',
};

/**
 * A Postman collection (schema v2.1) of both APIs. It runs from top to bottom, in the Postman application or with newman. Every request
 * has assertions and stores the values that later requests need in collection variables.
 *
 * @throws Error when a step names an operation that no contract has.
 */
export function postmanCollection(documents: Readonly<Record<ServiceName, OpenApiDocument>>): unknown {
  const operations = contractOperations(documents);
  const find = ({ service, operation }: StoryStep): ContractOperation => {
    const found = operations.find((candidate) => candidate.service === service && candidate.id === operation);
    if (!found) throw new Error(`the ${service} has no operation ${operation}`);
    return found;
  };
  return {
    info: {
      _postman_id: stableId('collection'),
      name: 'Order Processing System',
      description:
        'Run the collection from top to bottom, or send single requests in that order: each request uses values from earlier responses. ' +
        'The variables order_url, delivery_url, client_id and client_secret select the system and the client.',
      schema: 'https://schema.getpostman.com/json/collection/v2.1.0/collection.json',
    },
    item: [...STORY, ...furtherOperations(operations)].map(({ name, description, steps }) => ({
      name,
      description,
      item: steps.map((step) => toItem(step, find(step))),
    })),
    auth: { type: 'bearer', bearer: [{ key: 'token', value: '{{access_token}}', type: 'string' }] },
    variable: Object.entries(STORY_VARIABLES).map(([key, value]) => ({ key, value })),
  };
}

/** A folder for the operations that no step of the story calls, each with the example of the contract; none when there are none. */
function furtherOperations(operations: readonly ContractOperation[]): StoryFolder[] {
  const called = STORY.flatMap(({ steps }) => steps);
  const steps = operations
    .filter(
      ({ service, id }) =>
        !SERVICE_OPERATIONS.includes(id) &&
        !called.some((step) => step.service === service && step.operation === id),
    )
    .map(({ service, id, summary, statuses }) => ({
      name: summary,
      service,
      operation: id,
      status: statuses,
    }));
  return steps.length === 0
    ? []
    : [{ name: 'Further operations', description: 'With the examples of the contract.', steps }];
}

function toItem(step: StoryStep, operation: ContractOperation) {
  const tests = testScript(step);
  return {
    id: stableId(step.name),
    name: step.name,
    request: {
      method: operation.method.toUpperCase(),
      description: `${operation.summary}. ${operation.description}`,
      url: urlOf(step, operation),
      header: Object.entries(headersOf(step, operation)).map(([key, value]) => ({ key, value })),
      // The token endpoint refuses a request with two authentication methods.
      ...(operation.isPublic && { auth: { type: 'noauth' } }),
      ...bodyOf(step, operation),
    },
    event: [...(step.before ? [script('prerequest', step.before)] : []), script('test', tests)],
  };
}

function urlOf({ service, query = {}, params = {} }: StoryStep, { path }: ContractOperation) {
  const host = URLS[service];
  const parts = path
    .split('/')
    .slice(1)
    .map((part) => part.replace(/^\{(.+)\}$/, ':$1'));
  const variable = parts
    .filter((part) => part.startsWith(':'))
    .map((part) => part.slice(1))
    .map((key) => ({ key, value: params[key] ?? `{{${key}}}` }));
  const parameters = Object.entries(query).map(([key, value]) => ({ key, value }));
  const search = parameters.map(({ key, value }) => `${key}=${value}`).join('&');
  const raw = `${host}/${parts.join('/')}${search && `?${search}`}`;
  return { raw, host: [host], path: parts, query: parameters, variable };
}

function headersOf(step: StoryStep, operation: ContractOperation): Record<string, string> {
  const type = step.form ? 'application/x-www-form-urlencoded' : operation.mediaType;
  return { ...(type !== null && { 'Content-Type': type }), ...step.headers };
}

function bodyOf({ form, body }: StoryStep, { mediaType, bodyExample }: ContractOperation) {
  if (form) {
    const urlencoded = Object.entries(form).map(([key, value]) => ({ key, value }));
    return { body: { mode: 'urlencoded', urlencoded } };
  }
  if (mediaType === null) return {};
  const sent = body ?? bodyExample;
  const raw = Array.isArray(sent)
    ? sent.map((line) => `${JSON.stringify(line)}\n`).join('')
    : JSON.stringify(sent, null, 2);
  return { body: { mode: 'raw', raw, options: { raw: { language: 'json' } } } };
}

const MOST_REPEATS = 150;

/** A step with `until` repeats its request until the condition holds. */
function testScript({ name, status, tests = [], keep = {}, until }: StoryStep): string[] {
  const checks = [
    `pm.test('answers ${status.join(' or ')}', () => pm.expect(pm.response.code).to.be.oneOf(${JSON.stringify(status)}));`,
    ...tests,
    ...Object.entries(keep).map(
      ([variable, member]) => `if (body) pm.collectionVariables.set('${variable}', body.${member});`,
    ),
  ];
  const body = ['let body = null;', 'try { body = pm.response.json(); } catch (error) { body = null; }'];
  if (until === undefined) return [...body, ...checks];
  return [
    ...body,
    "const repeats = Number(pm.variables.get('repeats') ?? 0);",
    `if (!(${until}) && repeats < ${MOST_REPEATS}) {`,
    "  pm.variables.set('repeats', repeats + 1);",
    `  pm.execution.setNextRequest('${name.replaceAll("'", String.raw`\'`)}');`,
    '  setTimeout(() => {}, 200);',
    '} else {',
    "  pm.variables.set('repeats', 0);",
    ...checks.map((line) => `  ${line}`),
    '}',
  ];
}

const script = (listen: 'prerequest' | 'test', exec: readonly string[]) => ({
  listen,
  script: { type: 'text/javascript', exec },
});

/** The same UUID for the same name, so that the file changes only with the contract or the story. */
function stableId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `5${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`];
  return [...parts, hex.slice(20, 32)].join('-');
}
