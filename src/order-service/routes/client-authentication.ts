import { type Request } from 'express';
import { type BudgetKey, type FailureBudget } from '../../shared/http/rate-limit/failure-budget';
import { addressOf, secondsUntil } from '../../shared/http/rate-limit/rate-limit';
import { addLogField } from '../../shared/observability/context';
import {
  authenticateClient,
  type AuthenticateClientDependencies,
  type Grant,
} from '../services/clients/authenticate-client';
import { invalidClient, type ClientCredentials } from './client-credentials';
import { OAuthError } from './oauth-error';

export interface ClientAuthenticationDependencies extends AuthenticateClientDependencies {
  wrongSecrets: FailureBudget;
}

/** Wrong secrets that one address may send in a minute: for one client, and for all together. */
const PER_CLIENT = 10;
const PER_ADDRESS = 100;

/**
 * The client that these credentials prove. Guessing is limited per client and address, so that nobody can lock out a client from
 * elsewhere; the limit is asked again after the check, since many guesses can be on their way at once.
 *
 * @throws OAuthError `invalid_client`, or 429 when there were too many wrong secrets.
 */
export async function authenticatedClient(
  deps: ClientAuthenticationDependencies,
  request: Request,
  { clientId, clientSecret, isBasic }: ClientCredentials,
): Promise<Grant> {
  const keys = budgetKeys(addressOf(request), clientId);
  await refuseGuessing(deps.wrongSecrets, keys);
  const grant = await authenticateClient(deps, clientId, clientSecret);
  await refuseGuessing(deps.wrongSecrets, keys);
  if (!grant) {
    await deps.wrongSecrets.fail(keys);
    throw invalidClient(isBasic);
  }
  addLogField('client_id', grant.clientId);
  return grant;
}

const budgetKeys = (address: string, clientId: string): BudgetKey[] => [
  { key: `${address}:${clientId.slice(0, 100)}`, limit: PER_CLIENT },
  { key: address, limit: PER_ADDRESS },
];

async function refuseGuessing(budget: FailureBudget, keys: readonly BudgetKey[]): Promise<void> {
  const until = await budget.exhaustedUntil(keys);
  if (!until) return;
  const headers = { 'Retry-After': String(secondsUntil(until)) };
  throw new OAuthError(429, 'temporarily_unavailable', 'too many wrong secrets; wait', headers);
}
