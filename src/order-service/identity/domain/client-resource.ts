import { z } from 'zod';
import { type Scope } from '../../../shared/contracts/scopes';
import { text } from '../../../shared/contracts/text';
import { utcTimestamp } from '../../../shared/contracts/timestamps';

/** The syntax of a client id. */
export const clientId = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{2,63}$/,
    'must be 3 to 64 lower-case letters, digits, dots, hyphens or underscores',
  );

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
    /** The only response body that contains a secret. */
    withSecret: resource
      .extend({ client_secret: z.string().describe('returned only in this response') })
      .meta({ id: 'ClientWithSecret' }),
    list: z
      .object({ data: z.array(resource), next_cursor: z.string().nullable() })
      .meta({ id: 'ClientList' }),
  };
}

export type ClientSchemas = ReturnType<typeof clientSchemas>;
export type ClientResource = z.infer<ClientSchemas['resource']>;

/** The client that sends a request, and its scopes. */
export interface AuthenticatedClient {
  clientId: string;
  scopes: readonly string[];
}
