import { z } from 'zod';
import { SCOPES } from '../../../shared/contracts/scopes';
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

export const clientScopes = z
  .array(z.enum(SCOPES))
  .max(SCOPES.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, 'must not name a scope twice')
  .meta({ uniqueItems: true });

/** A client as the API shows it; it never contains the secret. */
export const clientResource = z
  .object({
    client_id: z.string(),
    name: z.string().nullable(),
    scopes: z.array(z.enum(SCOPES)).readonly(),
    disabled: z.boolean(),
    created_at: utcTimestamp,
    updated_at: utcTimestamp,
  })
  .meta({ id: 'Client' });
export type ClientResource = z.infer<typeof clientResource>;

/** The only response body that contains a secret. */
export const clientWithSecret = clientResource
  .extend({ client_secret: z.string().describe('shown this once') })
  .meta({ id: 'ClientWithSecret' });

export const clientList = z
  .object({ data: z.array(clientResource), next_cursor: z.string().nullable() })
  .meta({ id: 'ClientList' });
