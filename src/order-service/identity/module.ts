import { type RequestHandler } from 'express';
import { z } from 'zod';
import { type TokenSigner } from '../../shared/auth/access-token';
import { SIGNING_ALGORITHMS, type SigningAlgorithm } from '../../shared/auth/signing-algorithm';
import { authenticate } from '../../shared/auth/authenticate';
import { createHashing, findMatchingHash } from '../../shared/auth/client-secret';
import { createKeyRing, type KeyRingSource } from '../../shared/auth/key-ring';
import { createSecretDigests, type SecretDigests } from '../../shared/auth/secret-digest';
import { createTokenCheck } from '../../shared/auth/token-check';
import { cachedTokenStatus } from '../../shared/auth/token-status';
import { type Scope, type ScopeDeclaration } from '../../shared/contracts/scopes';
import { seconds, tokenVariables } from '../../shared/config/fragments';
import { failureBudget } from '../../shared/resilience/failure-budget';
import { redisFailureCounts } from '../../shared/redis/redis-failure-counts';
import { startCheck } from '../../shared/runtime/lifecycle';
import { createSingleFlight } from '../../shared/runtime/single-flight';
import { type Module, type Platform } from '../platform';
import { createAttemptAdmission } from './routes/attempt-admission';
import { clientOperations, CLIENTS_TAG } from './routes/client-operations';
import {
  type AuthenticationOutcome,
  type ClientAuthenticationDependencies,
  outcomeOf,
} from './routes/client-authentication';
import { keySetOperation, metadataOperation, OAUTH_TAG } from './routes/discovery-operations';
import { issuedTokenOperations } from './routes/issued-token-operations';
import { tokenOperation } from './routes/token-operations';
import { createSecretsFinder } from './store/client-secret-store';
import { pruneExpiredRevocations, lookUpTokenStatus } from './use-cases/token-status';
import { refuseDemoClients } from './use-cases/seed-demo-clients';

export const identitySettings = {
  ...tokenVariables,
  JWT_ALGORITHM: z
    .enum(SIGNING_ALGORITHMS, { error: `must be ${SIGNING_ALGORITHMS.join(' or ')}` })
    .default('RS256')
    .meta({ description: 'algorithm that signs access tokens: RS256 (RSA) or ES256 (ECDSA with P-256)' }),
  JWT_PRIVATE_KEY: z.string().optional().meta({
    description:
      'keys of access tokens, PEM (PKCS #8): the first one for JWT_ALGORITHM signs, all are published. This or JWT_PRIVATE_KEY_FILE is required',
  }),
  JWT_PRIVATE_KEY_FILE: z.string().optional().meta({
    description: 'file with those keys, read again when it changes. up --infra creates it in LOCAL_DIR',
    example: '.local/keys/private.pem',
  }),
  CLIENT_SECRET_PEPPERS: z
    .string()
    .optional()
    .meta({
      description:
        'keys of the hashes of client secrets, separated by commas, each 32 or more random bytes in base64: the first one hashes, all verify. ' +
        'This or CLIENT_SECRET_PEPPERS_FILE is required',
    }),
  CLIENT_SECRET_PEPPERS_FILE: z.string().optional().meta({
    description:
      'file with those keys, one in each line, read at the start. up --infra creates it in LOCAL_DIR',
    example: '.local/keys/peppers',
  }),
  JWT_EXPIRES_IN: seconds(60)
    .default(86_400)
    .meta({ description: 'seconds for which an access token is valid' }),
};

export const identityScopes: ScopeDeclaration = { scopes: ['client:manage'], ofShops: [] };

interface IdentityConfig {
  NODE_ENV: string;
  WEB_CONCURRENCY: number;
  JWT_ISSUER: string;
  JWT_AUDIENCE: string;
  JWT_EXPIRES_IN: number;
  JWT_ALGORITHM: SigningAlgorithm;
  signingKeys: KeyRingSource;
  /** The first one hashes client secrets, all verify. */
  peppers: readonly Buffer[];
}

export interface IdentityPorts {
  /** Those that clients can be granted. */
  scopes: readonly Scope[];
}

export interface IdentityModule extends Module {
  /** Checks the bearer token of a request. */
  authenticate: RequestHandler;
  signer: TokenSigner;
}

/** The module `identity`: clients, their access tokens, and the keys that sign the tokens. */
export function composeIdentity(
  platform: Platform,
  config: IdentityConfig,
  { scopes }: IdentityPorts,
): IdentityModule {
  const { database: db, logger, limit } = platform;
  const keys = createKeyRing(config.signingKeys, config.JWT_ALGORITHM, logger);
  const signer = {
    signingKey: () => keys.signingKey(),
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    expiresIn: config.JWT_EXPIRES_IN,
  };
  const checkToken = createTokenCheck({ ...signer, ...keys });
  const digests = createSecretDigests(config.peppers);
  const credentials = credentialChecks(platform, config, digests);
  const demoClientsCheck = startCheck('demo clients check', () => refuseDemoClients(db));
  return {
    authenticate: authenticate(
      checkToken,
      cachedTokenStatus((claims) => lookUpTokenStatus(db, claims)),
    ),
    signer,
    tags: [
      {
        name: OAUTH_TAG,
        description:
          'Access tokens by client credentials (RFC 6749 §4.4), their introspection and revocation, keys and metadata.',
      },
      { name: CLIENTS_TAG, description: 'Clients that can request tokens, and their scopes.' },
    ],
    links: {
      token: '/auth/token',
      key_set: '/.well-known/jwks.json',
      authorization_server: '/.well-known/oauth-authorization-server',
    },
    operations: [
      tokenOperation({ ...credentials, signer }),
      ...issuedTokenOperations({ ...credentials, checkToken, issuer: signer, limit }),
      keySetOperation(keys),
      metadataOperation(signer.issuer, scopes),
      ...clientOperations({
        db,
        hashing: credentials.hashing,
        digests,
        secretsInProgress: createSingleFlight(),
        scopes,
      }),
    ],
    components: [...(config.NODE_ENV === 'production' ? [demoClientsCheck] : []), keys.watch],
    housekeeping: [() => pruneExpiredRevocations(db)],
    healthChecks: {},
  };
}

/** The comparison of client secrets, with its limits and its metric. */
function credentialChecks(
  { database: db, metrics, redis }: Platform,
  { WEB_CONCURRENCY: processes, JWT_EXPIRES_IN: tokenSeconds }: IdentityConfig,
  digests: SecretDigests,
): ClientAuthenticationDependencies {
  const countAuthentication = metrics.counter(
    'client_authentications_total',
    'Attempts to authenticate with a client secret, by outcome.',
    ['outcome'],
  );
  const authenticationEnded = (outcome: AuthenticationOutcome): void => countAuthentication({ outcome });
  return {
    db,
    findSecrets: createSecretsFinder(db),
    prepareSecret: digests.prepare,
    findMatchingHash,
    hashing: createHashing(processes),
    admission: createAttemptAdmission({
      onRefused: (error) => authenticationEnded(outcomeOf(error)),
      knownForMs: (tokenSeconds + 3_600) * 1_000,
    }),
    wrongSecrets: failureBudget(redis && redisFailureCounts(redis.redis, redis.attempt, db)),
    authenticationEnded,
  };
}
