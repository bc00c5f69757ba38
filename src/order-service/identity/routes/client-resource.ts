import { z } from 'zod';
import { type Scope } from '../../../shared/contracts/scopes';
import { text } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';

export const clientName = text(1, 100);

/** The shapes of clients that can be granted these scopes. */
export function clientSchemas(scopes: readonly Scope[]) {
  const scope = z.enum(scopes);
  const resource = z
    .object({
      client_id: z.string(),
      name: z.string().nullable(),
      scopes: z.array(scope).readonly(),
      disabled: z.boolean(),
      created_at: utcTimestamp,
      updated_at: utcTimestamp,
    })
    .meta({ id: 'Client' });
  return {
    scopes: z
      .array(scope)
      .max(scopes.length)
      .refine((values) => new Set(values).size === values.length, 'must not name a scope twice')
      .meta({ uniqueItems: true }),
    /** A client as the API shows it; it never contains the secret. */
    resource,
    /** The only response body that contains a secret; a repeat of it does not. */
    withSecret: resource
      .extend({
        client_secret: z
          .string()
          .nullable()
          .describe('returned only in the first response to a request; null when this response repeats it'),
        client_secret_notice: z
          .string()
          .optional()
          .describe('only when client_secret is null: why it is missing, and how to create a new secret'),
      })
      .meta({ id: 'ClientWithSecret' }),
    list: z
      .object({ data: z.array(resource), next_cursor: z.string().nullable() })
      .meta({ id: 'ClientList' }),
  };
}

export type ClientSchemas = ReturnType<typeof clientSchemas>;
export type ClientResource = z.infer<ClientSchemas['resource']>;

/** A client as the API shows it. */
export function toClientResource(client: {
  clientId: string;
  name: string | null;
  scopes: readonly Scope[];
  disabled: boolean;
  createdAt: Date;
  updatedAt: Date;
}): ClientResource {
  return {
    client_id: client.clientId,
    name: client.name,
    scopes: client.scopes,
    disabled: client.disabled,
    created_at: client.createdAt.toISOString(),
    updated_at: client.updatedAt.toISOString(),
  };
}

/** The client in the examples of the API. */
export const EXAMPLE_CLIENT: ClientResource = {
  client_id: 'lamp-shop',
  name: 'Lamp shop',
  scopes: ['order:create', 'order:read'],
  disabled: false,
  created_at: '2026-11-21T04:00:10.755Z',
  updated_at: '2026-11-21T04:00:10.755Z',
};

export const EXAMPLE_CLIENT_WITH_SECRET = {
  ...EXAMPLE_CLIENT,
  client_secret: 'mR3Yw5cQk0n2bX8tPzL1vH7sJ4dF6gA9eU0iO3qW5rT',
};
