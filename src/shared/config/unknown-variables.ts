import { closest, distance } from 'fastest-levenshtein';

/** All settings of both services and of the scripts; .env.example describes each. */
export const SETTING_NAMES: readonly string[] = [
  ...['INFRA', 'LOCAL_DIR', 'POSTGRES_PORT', 'REDIS_PORT', 'SQS_PORT', 'CLIENT_ID', 'CLIENT_SECRET'],
  ...['DEMO_CLIENT_SECRET', 'DEMO_OTHER_SECRET', 'INSTANCE_ID'],
  ...['NODE_ENV', 'LOG_LEVEL', 'HOST', 'SHUTDOWN_TIMEOUT_MS', 'WEB_CONCURRENCY', 'CRASH_POINT'],
  ...['DATABASE_POOL_MAX', 'DATABASE_CONNECT_TIMEOUT_MS', 'DATABASE_QUERY_TIMEOUT_MS'],
  ...['DATABASE_PREPARED_STATEMENTS', 'DATABASE_SCHEMA'],
  ...['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'SQS_ENDPOINT', 'QUEUE_NAME_PREFIX'],
  ...['QUEUE_CONSUMER_POLLERS', 'DATABASE_READ_POOL_MAX', 'MAX_CONNECTIONS_PER_ADDRESS'],
  ...['EVENT_RETENTION_DAYS', 'INBOX_RETENTION_DAYS'],
  ...['JWT_ISSUER', 'JWT_AUDIENCE', 'RATE_LIMIT_PER_MINUTE', 'TRUSTED_PROXIES', 'CORS_ORIGINS'],
  ...['ORDER_SERVICE_PORT', 'ORDER_DATABASE_URL', 'ORDER_DATABASE_MIGRATION_URL', 'REDIS_URL'],
  ...['DELIVERY_SERVICE_URL', 'JWT_PRIVATE_KEY', 'JWT_PRIVATE_KEY_FILE', 'JWT_EXPIRES_IN'],
  ...['DUPLICATE_WINDOW_SECONDS', 'RECONCILE_AFTER_SECONDS', 'RECONCILE_SWEEP_DAYS', 'SEED_DEMO_CLIENTS'],
  ...['DELIVERY_SERVICE_PORT', 'DELIVERY_DATABASE_URL', 'DELIVERY_DATABASE_MIGRATION_URL'],
  ...['ORDER_SERVICE_URL', 'CARRIER', 'SIMULATED_STEP_MS', 'SIMULATED_FAILURE_RATE'],
];

/** First words of settings that other programs also use for their variables. */
const COMMON_WORDS = new Set(
  'AWS CLIENT HOST INFRA INSTANCE LOCAL LOG MAX NODE POSTGRES REDIS SQS WEB'.split(' '),
);

/** The endings that Kubernetes appends to the name of a service such as order-service. */
const KUBERNETES_ENDINGS = [
  /_SERVICE_(HOST|PORT(_\w+)?)$/,
  /_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$/,
];

/** The maximum number of letters in which a misspelt name differs from the intended one. */
const MAX_DIFFERENCES = 2;

const wordOf = (name: string): string => name.split('_')[0] ?? '';
const OUR_WORDS = new Set(SETTING_NAMES.map(wordOf).filter((word) => !COMMON_WORDS.has(word)));

/**
 * Finds variables that are not settings, but start like one or differ from one by a letter or two: they are probably misspelt and have no
 * effect.
 *
 * @returns a sentence for each.
 */
export function unknownVariables(environment: NodeJS.ProcessEnv): string[] {
  return Object.keys(environment)
    .filter((name) => !SETTING_NAMES.includes(name))
    .flatMap((name) => {
      const similar = closest(name, SETTING_NAMES);
      const isSimilar = name.length > 5 && distance(name, similar) <= MAX_DIFFERENCES;
      if (isSimilar && !isOfKubernetes(name, environment))
        return [`${name} is not a setting and has no effect; did you mean ${similar}?`];
      const isOurs = OUR_WORDS.has(wordOf(name)) && !KUBERNETES_ENDINGS.some((ending) => ending.test(name));
      return isOurs ? [`${name} is not a setting and has no effect`] : [];
    })
    .sort();
}

/**
 * Kubernetes sets several variables for each service, always including these two. This distinguishes its variables from a misspelt port
 * setting of ours.
 */
const isOfKubernetes = (name: string, environment: NodeJS.ProcessEnv): boolean =>
  KUBERNETES_ENDINGS.some(
    (ending) =>
      ending.test(name) &&
      ['HOST', 'PORT'].every((what) => name.replace(ending, `_SERVICE_${what}`) in environment),
  );
