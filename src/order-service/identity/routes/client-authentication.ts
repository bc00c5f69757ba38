import { setTimeout as delay } from 'node:timers/promises';
import { type Request } from 'express';
import { type BudgetKey, type FailureBudget } from '../../../shared/resilience/failure-budget';
import { addressOf, secondsUntil } from '../../../shared/http/rate-limit';
import { hungUp } from '../../../shared/http/caller-left';
import { addLogField } from '../../../shared/observability/context';
import { OverloadedError, type BoundedWork } from '../../../shared/resilience/bounded-work';
import {
  authenticateClient,
  type AuthenticateClientDependencies,
  type Grant,
} from '../use-cases/authenticate-client';
import { invalidClient, type ClientCredentials } from './client-credentials';
import { OAuthError } from './oauth-error';

/** The outcome of an attempt to authenticate with a secret. */
export type AuthenticationOutcome =
  'accepted' | 'wrong_secret' | 'too_many_wrong_secrets' | 'overloaded' | 'caller_gone' | 'failed';

export interface ClientAuthenticationDependencies extends AuthenticateClientDependencies {
  wrongSecrets: FailureBudget;
  /** Everything that hashes secrets. */
  hashing: BoundedWork;
  authenticationEnded: (outcome: AuthenticationOutcome) => void;
}

/** Wrong secrets that one address may send in a minute: for one client, and for all together. */
const PER_CLIENT = 10;
const PER_ADDRESS = 100;

/** How long it is tried again while other attempts could use up the budget, in milliseconds. */
const BUSY_MS = 2_000;
const BUSY_PAUSE_MS = 25;

/**
 * The client that these credentials prove. Guessing is limited per client and address, so that nobody can lock out a client from
 * elsewhere: each attempt reserves its failure before anything is hashed. Hashing has bounds of its own, and its turns go round between
 * addresses and clients. An attempt whose caller has hung up is dropped while it waits.
 *
 * @throws OAuthError `invalid_client`, or 429 when there were too many wrong secrets; OverloadedError when too many attempts wait.
 */
export async function authenticatedClient(
  deps: ClientAuthenticationDependencies,
  request: Request,
  credentials: ClientCredentials,
): Promise<Grant> {
  try {
    const grant = await proveClient(deps, request, credentials);
    addLogField('client_id', grant.clientId);
    deps.authenticationEnded('accepted');
    return grant;
  } catch (error) {
    deps.authenticationEnded(outcomeOf(error));
    throw error;
  }
}

async function proveClient(
  deps: ClientAuthenticationDependencies,
  request: Request,
  { clientId, clientSecret, isBasic }: ClientCredentials,
): Promise<Grant> {
  const { wrongSecrets, hashing } = deps;
  const address = addressOf(request);
  const path = [address, clientId.slice(0, 100)];
  const keys = budgetKeys(address, clientId);
  const until = wrongSecrets.exhaustedUntil(keys);
  if (until) throw tooManyGuesses(until);
  if (!hashing.hasRoom(path)) throw new OverloadedError('full');
  const compare = authenticateClient(deps, clientId, clientSecret);
  const options = { sameAs: JSON.stringify([clientId, clientSecret]), signal: hungUp(request) };
  const attempt = await untilNotBusy(async () => {
    const { value, shared } = await hashing.run(path, () => guess(wrongSecrets, keys, compare), options);
    return { ...value, shared };
  });
  if (attempt.kind === 'exhausted') throw tooManyGuesses(attempt.until);
  if (attempt.grant) return attempt.grant;
  // Of equal attempts that share a comparison one has reserved a failure, but each counts.
  if (attempt.shared) await countFailure(wrongSecrets, keys);
  throw invalidClient(isBasic);
}

/** One comparison, which counts as a failure until it has proved otherwise. */
async function guess(
  budget: FailureBudget,
  keys: readonly BudgetKey[],
  compare: () => Promise<Grant | null>,
) {
  const reservation = await budget.reserve(keys);
  if (reservation.kind !== 'reserved') return reservation;
  let isWrong = false;
  try {
    const grant = await compare();
    isWrong = grant === null;
    return { kind: 'compared', grant } as const;
  } finally {
    await reservation.settle(isWrong);
  }
}

/** @throws OAuthError 429 when there is no room for it: the answer must then not tell that the secret is wrong. */
async function countFailure(budget: FailureBudget, keys: readonly BudgetKey[]): Promise<void> {
  const reservation = await untilNotBusy(() => budget.reserve(keys));
  if (reservation.kind === 'exhausted') throw tooManyGuesses(reservation.until);
  await reservation.settle(true);
}

/** Other attempts that run now could use up the budget: whether there is room is known when they have ended. */
async function untilNotBusy<T extends { kind: string }>(
  attempt: () => Promise<T>,
): Promise<Exclude<T, { kind: 'busy' }>> {
  for (const end = Date.now() + BUSY_MS; Date.now() < end; await delay(BUSY_PAUSE_MS)) {
    const outcome = await attempt();
    if (outcome.kind !== 'busy') return outcome as Exclude<T, { kind: 'busy' }>;
  }
  throw new OverloadedError('waited_too_long');
}

const budgetKeys = (address: string, clientId: string): BudgetKey[] => [
  { key: `${address}:${clientId.slice(0, 100)}`, limit: PER_CLIENT },
  { key: address, limit: PER_ADDRESS },
];

function tooManyGuesses(until: Date): OAuthError {
  const headers = { 'Retry-After': String(secondsUntil(until)) };
  return new OAuthError(429, 'temporarily_unavailable', 'too many wrong secrets; wait', headers);
}

function outcomeOf(error: unknown): AuthenticationOutcome {
  if (error instanceof OverloadedError) return error.reason === 'caller_gone' ? 'caller_gone' : 'overloaded';
  if (!(error instanceof OAuthError)) return 'failed';
  return error.status === 429 ? 'too_many_wrong_secrets' : 'wrong_secret';
}
