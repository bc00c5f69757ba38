import { z } from 'zod';
import { ConfigError } from '../../../shared/config/read-env';
import { clientId } from '../../../shared/contracts/text';
import { clientSchemas } from './client-resource';
import { type Scope } from '../../../shared/contracts/scopes';

/**
 * Reads `CLIENT_ID SCOPE…`.
 *
 * @throws ConfigError with one line per error, and the usage.
 */
export function readClientArguments(
  args: readonly string[],
  granted: readonly Scope[],
): { clientId: string; scopes: Scope[] } {
  const argumentsSchema = z.object({
    client_id: clientId,
    scopes: clientSchemas(granted).scopes.min(1, 'must be at least one'),
  });
  const [id, ...scopes] = args;
  const { data, error } = argumentsSchema.safeParse({ client_id: id, scopes });
  if (data) return { clientId: data.client_id, scopes: data.scopes };
  const errors = error.issues.map(({ path: [member, index = 0], message }) =>
    member === 'client_id'
      ? `${id ?? 'CLIENT_ID'}: ${message}`
      : `${scopes[Number(index)] ?? 'SCOPE'}: ${message}`,
  );
  throw new ConfigError([
    ...errors,
    `usage: register-client CLIENT_ID SCOPE…, with scopes of ${granted.join(' ')}`,
  ]);
}
