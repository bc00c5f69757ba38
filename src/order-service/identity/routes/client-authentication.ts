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
  type Compared,
  type Grant,
} from '../use-cases/authenticate-client';
import { type AttemptAdmission } from './attempt-admission';
import { invalidClient, type ClientCredentials } from './client-credentials';
import { OAuthError } from './oauth-error';

/** The outcome of an attempt to authenticate with a secret. */
export type AuthenticationOutcome =
  'accepted' | 'wrong_secret' | 'too_many_wrong_secrets' | 'overloaded' | 'caller_gone' | 'failed';

export interface ClientAuthenticationDependencies extends AuthenticateClientDependencies {
  admission: AttemptAdmission;
  wrongSecrets: FailureBudget;
  /** Limits all work that hashes secrets slowly. */
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
 * Authenticates the client of these credentials. Wrong secrets are limited per client and address, so that an attacker cannot lock out a
 * client that uses another address. A secret with a digest is compared at once; only a secret without one waits for its slow hash.
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
    deps.admission.succeeded(addressOf(request));
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
  credentials: ClientCredentials,
): Promise<Grant> {
  const keys = budgetKeys(addressOf(request), credentials.clientId);
  const until = deps.wrongSecrets.exhaustedUntil(keys);
  if (until) throw tooManyWrongSecrets(until);
  const authentication = await authenticateClient(deps, credentials.clientId, credentials.clientSecret);
  const { grant, keepDigest } =
    authentication.kind === 'compared'
      ? await counted(deps.wrongSecrets, keys, authentication)
      : await compareHashes(deps, request, credentials, { keys, compare: authentication.compareHashes });
  if (!grant) throw invalidClient(credentials.isBasic);
  // The next use repeats it.
  await keepDigest().catch(() => undefined);
  return grant;
}

/**
 * Compares the secret with its slow hash, as a piece of bounded work. Each attempt reserves its failure before anything is hashed; hashing has
 * limits of its own and alternates between addresses and clients. A waiting attempt is dropped when its caller disconnects.
 */
async function compareHashes(
  { wrongSecrets, hashing }: ClientAuthenticationDependencies,
  request: Request,
  { clientId, clientSecret }: ClientCredentials,
  { keys, compare }: { keys: readonly BudgetKey[]; compare: () => Promise<Compared> },
): Promise<Compared> {
  const path = [addressOf(request), clientId.slice(0, 100)];
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
  // Equal attempts share one comparison, which reserves one failure, but each attempt counts.
  if (!attempt.grant && attempt.shared) await counted(wrongSecrets, keys, attempt);
  return attempt;
}

/** Compares the secret once. A failure is reserved before the comparison and kept only if the secret is wrong. */
async function compareSecret(
  budget: FailureBudget,
  keys: readonly BudgetKey[],
  compare: () => Promise<Compared>,
) {
  const reservation = await budget.reserve(keys);
  if (reservation.kind !== 'reserved') return reservation;
  let isWrong = false;
  try {
    const compared = await compare();
    isWrong = compared.grant === null;
    return compared;
  } finally {
    await reservation.settle(isWrong);
  }
}

/** @throws OAuthError 429 when the budget is used up: the answer must then not show whether the secret is right. */
async function counted<T extends Pick<Compared, 'grant'>>(
  budget: FailureBudget,
  keys: readonly BudgetKey[],
  compared: T,
): Promise<T> {
  const counting = await untilNotBusy(() => budget.count(keys, compared.grant === null));
  if (counting.kind === 'exhausted') throw tooManyWrongSecrets(counting.until);
  return compared;
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

export function outcomeOf(error: unknown): AuthenticationOutcome {
  if (error instanceof OverloadedError) return error.reason === 'caller_gone' ? 'caller_gone' : 'overloaded';
  if (!(error instanceof OAuthError)) return 'failed';
  return error.status === 429 ? 'too_many_wrong_secrets' : 'wrong_secret';
}
