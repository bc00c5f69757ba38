import { INVALID_CURSOR } from '../../../shared/contracts/problem';
import {
  changeClient,
  CLIENT_EXISTS,
  CLIENT_NOT_FOUND,
  getClient,
  listClients,
  OWN_CLIENT,
  removeClient,
  requireScopesOf,
  rotateSecret,
} from '../use-cases/manage-clients';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { type Scope } from '../../../shared/contracts/scopes';
import { clientId } from '../../../shared/contracts/text';
import { pageParameters } from '../../../shared/contracts/lists';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { registerClient, type RegisterClientDependencies } from '../use-cases/register-client';
import {
  clientName,
  type ClientSchemas,
  clientSchemas,
  EXAMPLE_CLIENT,
  EXAMPLE_CLIENT_WITH_SECRET,
  toClientResource,
} from './client-resource';
import { sendAnswer } from '../../../shared/http/idempotent-response';
import {
  answerWithSecret,
  requestHashing,
  type RequestHashingDependencies,
  withoutSealedSecret,
} from './client-secrets';
import { NO_STORE } from './oauth-error';

export const CLIENTS_TAG = 'clients';

const COMMON = { tag: CLIENTS_TAG, access: 'client:manage' } as const;
const params = z.object({ client_id: clientId });

export interface ClientOperationsDependencies
  extends Pick<RegisterClientDependencies, 'db'>, RequestHashingDependencies {
  /** Those that clients can be granted. */
  scopes: readonly Scope[];
}

interface Dependencies extends Omit<ClientOperationsDependencies, 'scopes'> {
  schemas: ClientSchemas;
}

/** The operations that manage clients, for holders of `client:manage`. */
export function clientOperations({ scopes, ...rest }: ClientOperationsDependencies): Operation[] {
  const deps = { ...rest, schemas: clientSchemas(scopes) };
  return [
    registerOperation(deps),
    listOperation(deps),
    getOperation(deps),
    changeOperation(deps),
    removeOperation(deps),
    rotateOperation(deps),
  ];
}

const registerBody = ({ scopes }: ClientSchemas) =>
  z.strictObject({
    client_id: clientId.optional().describe('generated when absent'),
    name: clientName.nullable().default(null),
    scopes,
  });

function registerOperation({ db, schemas, ...secrets }: Dependencies): Operation {
  return operation({
    ...COMMON,
    id: 'registerClient',
    method: 'post',
    path: '/clients',
    summary: 'Register a client',
    description:
      'Only this response contains the secret. For 24 hours, a repeated request with the same Idempotency-Key registers nothing and gets ' +
      'this response without the secret. An id is never used twice. The caller must have every scope that it grants.',
    idempotent: true,
    body: registerBody(schemas),
    bodyExample: { name: 'Lamp shop', scopes: ['order:create', 'order:read'] },
    responses: {
      201: jsonResponse('the client and its secret', schemas.withSecret, EXAMPLE_CLIENT_WITH_SECRET, {
        Location: 'the path of the client',
      }),
    },
    problems: [CLIENT_EXISTS],
    async handle({ body, caller, idempotency, request, response }) {
      const client = { ...body, clientId: body.client_id ?? `client-${uuidv7()}` };
      const bounded = requestHashing(secrets, request, idempotency);
      const registration = { db, ...bounded, render: answerWithSecret(201) };
      const stored = await registerClient(registration, client, caller, idempotency);
      const answer = await withoutSealedSecret(stored, idempotency, bounded);
      const { client_id: id } = JSON.parse(answer.body) as { client_id: string };
      if (answer.replayed) await requireScopesOf(db, id, caller);
      response.set({ ...NO_STORE, Location: `${request.baseUrl}/clients/${id}` });
      sendAnswer(response, answer);
    },
  });
}

const listQuery = z.strictObject(pageParameters);

function listOperation({ db, schemas }: Dependencies): Operation {
  return operation({
    ...COMMON,
    id: 'listClients',
    method: 'get',
    path: '/clients',
    summary: 'List clients',
    description: 'In the order of their ids.',
    query: listQuery,
    responses: {
      200: jsonResponse('a page of clients', schemas.list, { data: [EXAMPLE_CLIENT], next_cursor: null }),
    },
    problems: [INVALID_CURSOR],
    async handle({ page, response }) {
      const { rows, nextCursor } = await listClients(db, page);
      response.json({ data: rows.map(toClientResource), next_cursor: nextCursor });
    },
  });
}

function getOperation({ db, schemas }: Dependencies): Operation {
  return operation({
    ...COMMON,
    id: 'getClient',
    method: 'get',
    path: '/clients/{client_id}',
    summary: 'Read a client',
    description: 'The response does not contain the secret, which cannot be read again.',
    params,
    notFound: CLIENT_NOT_FOUND,
    responses: { 200: jsonResponse('the client', schemas.resource, EXAMPLE_CLIENT) },
    async handle({ params: { client_id: id }, response }) {
      response.json(toClientResource(await getClient(db, id)));
    },
  });
}

const changeBody = ({ scopes }: ClientSchemas) =>
  z.strictObject({
    name: clientName.nullable().optional(),
    scopes: scopes.optional(),
    disabled: z.boolean().optional(),
  });

function changeOperation({ db, schemas }: Dependencies): Operation {
  return operation({
    ...COMMON,
    id: 'changeClient',
    method: 'patch',
    path: '/clients/{client_id}',
    summary: 'Change a client',
    description:
      'Absent members keep their values. The change applies to issued tokens within five seconds. To add scopes, the caller must have them; ' +
      'to enable a disabled client, the caller must have all of its scopes.',
    params,
    notFound: CLIENT_NOT_FOUND,
    body: changeBody(schemas),
    bodyExample: { disabled: true },
    responses: { 200: jsonResponse('the client', schemas.resource, { ...EXAMPLE_CLIENT, disabled: true }) },
    problems: [OWN_CLIENT],
    async handle({ params: { client_id: id }, body, caller, response }) {
      response.json(toClientResource(await changeClient(db, id, body, caller)));
    },
  });
}

function removeOperation({ db }: Dependencies): Operation {
  return operation({
    ...COMMON,
    id: 'removeClient',
    method: 'delete',
    path: '/clients/{client_id}',
    summary: 'Remove a client',
    description:
      'Its tokens become invalid within five seconds. Its orders are kept, and its id is never used again. The caller must have all scopes of ' +
      'the client; without them it can still disable the client.',
    params,
    notFound: CLIENT_NOT_FOUND,
    responses: { 204: { description: 'the client is removed' } },
    problems: [OWN_CLIENT],
    async handle({ params: { client_id: id }, caller, response }) {
      await removeClient(db, id, caller);
      response.status(204).end();
    },
  });
}

const rotateBody = z.strictObject({
  grace_seconds: z
    .int()
    .min(0)
    .max(2_592_000)
    .default(86_400)
    .describe('how long the old secret stays valid'),
});

function rotateOperation({ db, schemas, ...secrets }: Dependencies): Operation {
  return operation({
    ...COMMON,
    id: 'rotateSecret',
    method: 'post',
    path: '/clients/{client_id}/rotate-secret',
    summary: 'Rotate the secret of a client',
    description:
      'Both secrets are valid during the grace period, so that every instance of the client can be given the new one. The caller must have ' +
      'all scopes of the client, because the secret gives access to them. Only this response contains the secret. For 24 hours, a repeated ' +
      'request with the same Idempotency-Key changes nothing and gets this response without the secret; another rotation ends the ' +
      'validity of the secret before the last.',
    idempotent: true,
    params,
    notFound: CLIENT_NOT_FOUND,
    body: rotateBody,
    bodyExample: { grace_seconds: 3_600 },
    responses: {
      200: jsonResponse('the client and its new secret', schemas.withSecret, EXAMPLE_CLIENT_WITH_SECRET),
    },
    async handle({ params: { client_id: id }, body, caller, idempotency, request, response }) {
      const rotation = {
        db,
        ...requestHashing(secrets, request, idempotency),
        render: answerWithSecret(200),
      };
      const answer = await rotateSecret(rotation, id, body.grace_seconds, caller, idempotency);
      sendAnswer(response.set(NO_STORE), answer);
    },
  });
}
