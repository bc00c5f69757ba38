import { setTimeout as delay } from 'node:timers/promises';
import { type Request } from 'express';
import { type BudgetKey, type FailureBudget } from '../../../shared/resilience/failure-budget';
import { addressOf, secondsUntil } from '../../../shared/http/rate-limit';
import { disconnectSignal } from '../../../shared/http/client-disconnect';
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
  /** Limits all work that hashes secrets. */
  hashing: BoundedWork;
  authenticationEnded: (outcome: AuthenticationOutcome) => void;
}

/** The wrong secrets that one address may send per minute: for one client, and for all clients together. */
const PER_CLIENT = 10;
const PER_ADDRESS = 100;

/** How long an attempt is repeated while concurrent attempts could use up the budget, in milliseconds. */
const BUSY_MS = 2_000;
const BUSY_PAUSE_MS = 25;

/**
 * Authenticates the client of these credentials. Wrong secrets are limited per client and address, so that an attacker
 * cannot lock out a client that uses another address: each attempt reserves its failure before anything is hashed. Hashing has limits of its own and alternates between
 * addresses and clients. A waiting attempt is dropped when its caller disconnects.
 *
 * @throws OAuthError `invalid_client`, or 429 when there were too many wrong secrets; OverloadedError when too many attempts wait.
 */
export async function authenticatedClient(
  deps: ClientAuthenticationDependencies,
  request: Request,
  credentials: ClientCredentials,
): Promise<Grant> {
  try {
    const grant = await checkCredentials(deps, request, credentials);
    addLogField('client_id', grant.clientId);
    deps.authenticationEnded('accepted');
    return grant;
  } catch (error) {
    deps.authenticationEnded(outcomeOf(error));
    throw error;
  }
}

async function checkCredentials(
  deps: ClientAuthenticationDependencies,
  request: Request,
  { clientId, clientSecret, isBasic }: ClientCredentials,
): Promise<Grant> {
  const { wrongSecrets, hashing } = deps;
  const address = addressOf(request);
  const path = [address, clientId.slice(0, 100)];
  const keys = budgetKeys(address, clientId);
  const until = wrongSecrets.exhaustedUntil(keys);
  if (until) throw tooManyWrongSecrets(until);
  if (!hashing.hasRoom(path)) throw new OverloadedError('full');
  const compare = authenticateClient(deps, clientId, clientSecret);
  const options = {
    deduplicationKey: JSON.stringify([clientId, clientSecret]),
    signal: disconnectSignal(request),
  };
  const attempt = await untilNotBusy(async () => {
    const { value, shared } = await hashing.run(
      path,
      () => compareSecret(wrongSecrets, keys, compare),
      options,
    );
    return { ...value, shared };
  });
  if (attempt.kind === 'exhausted') throw tooManyWrongSecrets(attempt.until);
  if (attempt.grant) return attempt.grant;
  // Equal attempts share one comparison, which reserves one failure, but each attempt counts.
  if (attempt.shared) await countFailure(wrongSecrets, keys);
  throw invalidClient(isBasic);
}

/** Compares the secret once. A failure is reserved before the comparison and kept only if the secret is wrong. */
async function compareSecret(
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

/** @throws OAuthError 429 when the budget is used up: the answer must then not show that the secret is wrong. */
async function countFailure(budget: FailureBudget, keys: readonly BudgetKey[]): Promise<void> {
  const reservation = await untilNotBusy(() => budget.reserve(keys));
  if (reservation.kind === 'exhausted') throw tooManyWrongSecrets(reservation.until);
  await reservation.settle(true);
}

/**
 * Repeats an attempt that finds the budget busy: concurrent attempts hold reservations, and only after they end is it known whether there
 * is room.
 */
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

function tooManyWrongSecrets(until: Date): OAuthError {
  const headers = { 'Retry-After': String(secondsUntil(until)) };
  return new OAuthError(429, 'temporarily_unavailable', 'too many wrong secrets; try again later', headers);
}

function outcomeOf(error: unknown): AuthenticationOutcome {
  if (error instanceof OverloadedError) return error.reason === 'caller_gone' ? 'caller_gone' : 'overloaded';
  if (!(error instanceof OAuthError)) return 'failed';
  return error.status === 429 ? 'too_many_wrong_secrets' : 'wrong_secret';
}
