import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { hashSecret, newSecret } from '../../shared/auth/client-secret';
import { callerOf } from '../../shared/auth/require-scope';
import {
  clientId,
  clientList,
  clientName,
  clientResource,
  clientScopes,
  clientWithSecret,
} from '../../shared/contracts/client-resource';
import { integerParameter } from '../../shared/contracts/integers';
import { jsonAnswer, operation, type Operation } from '../../shared/http/operation';
import { queryable } from '../../shared/postgres/read';
import {
  changeClient,
  getClient,
  listClients,
  removeClient,
  rotateSecret,
} from '../services/clients/manage-clients';
import { registerClient, type RegisterClientDependencies } from '../services/clients/register-client';
import { toClientResource } from './client-resource';
import { EXAMPLE_CLIENT, EXAMPLE_CLIENT_WITH_SECRET } from './client-examples';
import { idempotencyHeaders } from './order-parameters';
import { openAnswer, registrationGuard } from './registration-guard';
import { NO_STORE } from './oauth-error';

export const CLIENTS_TAG = 'clients';

const params = z.object({ client_id: clientId });

/** Registering clients and looking after them, for holders of `client:manage`. */
export function clientOperations(deps: Pick<RegisterClientDependencies, 'pool'>): Operation[] {
  return [
    registerOperation(deps),
    listOperation(deps),
    getOperation(deps),
    changeOperation(deps),
    removeOperation(deps),
    rotateOperation(deps),
  ];
}

const COMMON = { tag: CLIENTS_TAG, access: 'client:manage' } as const;

async function freshSecret(): Promise<{ secret: string; hash: string }> {
  const secret = newSecret();
  return { secret, hash: await hashSecret(secret) };
}

const registerBody = z.strictObject({
  client_id: clientId.optional().describe('made when absent'),
  name: clientName.nullable().default(null),
  scopes: clientScopes,
});

function registerOperation({ pool }: Pick<RegisterClientDependencies, 'pool'>): Operation {
  return operation({
    ...COMMON,
    id: 'registerClient',
    method: 'post',
    path: '/clients',
    summary: 'Register a client',
    description:
      'The secret is in this answer and nowhere else; of a repeat under the same Idempotency-Key, for 24 hours, in the same bytes. ' +
      'An id is never given twice.',
    headers: idempotencyHeaders,
    body: registerBody,
    bodyExample: { name: 'Lamp shop', scopes: ['order:create', 'order:read'] },
    answers: {
      201: jsonAnswer('the client and its secret', clientWithSecret, EXAMPLE_CLIENT_WITH_SECRET, {
        Location: 'the path of the client',
        'Idempotency-Replayed': '`true` when this answer was given before',
      }),
    },
    problems: ['client_exists', 'invalid_idempotency_key', 'idempotency_key_reused', 'request_in_progress'],
    async handle({ body, request, response }) {
      const wanted = { ...body, clientId: body.client_id ?? `client-${uuidv7()}` };
      const guard = registrationGuard(request);
      const made = await registerClient({ pool, newSecret: freshSecret }, wanted, guard, (client, secret) =>
        JSON.stringify({ ...toClientResource(client), client_secret: secret }),
      );
      const answer = made.kind === 'registered' ? made.answer : await openAnswer(made.sealed, request);
      if (made.kind === 'repeated') response.set('Idempotency-Replayed', 'true');
      const { client_id: id } = JSON.parse(answer) as { client_id: string };
      response.set({ ...NO_STORE, Location: `${request.baseUrl}/clients/${id}` });
      response.status(201).type('json').send(answer);
    },
  });
}

const listQuery = z.strictObject({
  limit: integerParameter(1, 100, 20),
  cursor: clientId.optional().describe('next_cursor of the page before'),
});

function listOperation({ pool }: Pick<RegisterClientDependencies, 'pool'>): Operation {
  const db = queryable(pool);
  return operation({
    ...COMMON,
    id: 'listClients',
    method: 'get',
    path: '/clients',
    summary: 'List clients',
    description: 'In the order of their ids.',
    query: listQuery,
    answers: {
      200: jsonAnswer('a page of clients', clientList, { data: [EXAMPLE_CLIENT], next_cursor: null }),
    },
    async handle({ query, response }) {
      const { clients, hasMore } = await listClients(db, query.cursor ?? '', query.limit);
      const next = hasMore ? (clients.at(-1)?.clientId ?? null) : null;
      response.json({ data: clients.map(toClientResource), next_cursor: next });
    },
  });
}

function getOperation({ pool }: Pick<RegisterClientDependencies, 'pool'>): Operation {
  const db = queryable(pool);
  return operation({
    ...COMMON,
    id: 'getClient',
    method: 'get',
    path: '/clients/{client_id}',
    summary: 'Read a client',
    description: 'Without its secret, which nobody can read any more.',
    params,
    answers: { 200: jsonAnswer('the client', clientResource, EXAMPLE_CLIENT) },
    async handle({ params: { client_id: id }, response }) {
      response.json(toClientResource(await getClient(db, id)));
    },
  });
}

const changeBody = z.strictObject({
  name: clientName.nullable().optional(),
  scopes: clientScopes.optional(),
  disabled: z.boolean().optional(),
});

function changeOperation({ pool }: Pick<RegisterClientDependencies, 'pool'>): Operation {
  const db = queryable(pool);
  return operation({
    ...COMMON,
    id: 'changeClient',
    method: 'patch',
    path: '/clients/{client_id}',
    summary: 'Change a client',
    description: 'What is absent stays as it is. Tokens that are out follow within five seconds.',
    params,
    body: changeBody,
    bodyExample: { disabled: true },
    answers: { 200: jsonAnswer('the client', clientResource, { ...EXAMPLE_CLIENT, disabled: true }) },
    problems: ['own_client'],
    async handle({ params: { client_id: id }, body, request, response }) {
      response.json(toClientResource(await changeClient(db, id, body, callerOf(request).clientId)));
    },
  });
}

function removeOperation({ pool }: Pick<RegisterClientDependencies, 'pool'>): Operation {
  const db = queryable(pool);
  return operation({
    ...COMMON,
    id: 'removeClient',
    method: 'delete',
    path: '/clients/{client_id}',
    summary: 'Remove a client',
    description: 'Its tokens end within five seconds. Its orders stay, and its id is never given again.',
    params,
    answers: { 204: { description: 'the client is gone' } },
    problems: ['own_client'],
    async handle({ params: { client_id: id }, request, response }) {
      await removeClient(db, id, callerOf(request).clientId);
      response.status(204).end();
    },
  });
}

const rotateBody = z.strictObject({
  grace_seconds: z.int().min(0).max(2_592_000).default(86_400).describe('how long the old secret stays good'),
});

function rotateOperation({ pool }: Pick<RegisterClientDependencies, 'pool'>): Operation {
  const db = queryable(pool);
  return operation({
    ...COMMON,
    id: 'rotateSecret',
    method: 'post',
    path: '/clients/{client_id}/rotate-secret',
    summary: 'Give a client a new secret',
    description:
      'For the grace time both secrets are good, so that every instance of the client can be told the new one.',
    params,
    body: rotateBody,
    bodyExample: { grace_seconds: 3_600 },
    answers: {
      200: jsonAnswer('the client and its new secret', clientWithSecret, EXAMPLE_CLIENT_WITH_SECRET),
    },
    async handle({ params: { client_id: id }, body, response }) {
      const { secret, hash } = await freshSecret();
      const client = await rotateSecret(db, id, hash, body.grace_seconds);
      response.set(NO_STORE).json({ ...toClientResource(client), client_secret: secret });
    },
  });
}
