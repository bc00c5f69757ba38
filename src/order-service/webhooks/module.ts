import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { days, listOf, milliseconds } from '../../shared/config/fragments';
import { integerText } from '../../shared/contracts/integers';
import { type ScopeDeclaration } from '../../shared/contracts/scopes';
import { type Module, type Platform } from '../platform';
import { createSecretSealing } from './domain/sealed-secret';
import { LEAST_RETENTION_DAYS } from './domain/retry-schedule';
import { SECRET_BYTES } from './domain/signature';
import { type TargetPolicy } from './domain/target-url';
import { WEBHOOKS_TAG } from './routes/endpoint-resource';
import { createWebhookSender } from './http-sender';
import { createTestSend, PLACES_FOR_TESTS } from './test-send';
import { deliveryOperations } from './routes/delivery-operations';
import { endpointOperations } from './routes/endpoint-operations';
import { replayOperations } from './routes/replay-operations';
import { testWebhookOperation } from './routes/test-operation';
import { countEndpointsByState, countEventsBehind, countQueue } from './use-cases/count-deliveries';
import { countFormerSecrets, pruneSecrets, resealSecrets } from './use-cases/endpoint-secrets';
import { deliveryPruning } from './use-cases/prune-deliveries';
import {
  createDeliveryDispatcher,
  type DeliveryDispatcher,
  type DeliveryDispatcherOptions,
} from './workers/delivery-dispatcher';

export const webhookSettings = {
  WEBHOOK_SECRET_KEYS: z
    .string()
    .optional()
    .meta({
      description:
        'keys that encrypt the secrets of webhooks, separated by commas, each 32 or more random bytes in base64: the first one encrypts, all ' +
        'decrypt. This or WEBHOOK_SECRET_KEYS_FILE is required',
    }),
  WEBHOOK_SECRET_KEYS_FILE: z.string().optional().meta({
    description:
      'file with those keys, one in each line, read at the start. up --infra creates it in LOCAL_DIR',
    example: '.local/keys/webhook-keys',
  }),
  WEBHOOK_ENDPOINTS_PER_CLIENT: integerText(1, 1_000)
    .default(16)
    .meta({ description: 'maximum number of webhook endpoints of a client' }),
  WEBHOOK_ALLOWED_PORTS: listOf(z.string().refine(isPort, 'must be ports, separated by commas'))
    .default(['443', '8443'])
    .meta({ description: 'ports that the URLs of webhooks may have, separated by commas' }),
  WEBHOOK_ALLOWED_NETWORKS: listOf(
    z.union([z.cidrv4(), z.cidrv6()], 'must be CIDR ranges, separated by commas'),
  )
    .default([])
    .meta({
      description:
        'networks that are not public and that webhooks may nevertheless be sent to, separated by commas, such as 10.20.0.0/16',
    }),
  WEBHOOK_ALLOW_LOOPBACK: z
    .stringbool()
    .default(false)
    .meta({
      description:
        'whether webhooks may be sent to this machine, also without TLS and at any port, for development (false; in local mode true). Refused ' +
        'in production',
      example: '',
    }),
  WEBHOOK_TIMEOUT_MS: milliseconds(500, 60_000).default(15_000).meta({
    description: 'milliseconds that an endpoint may take for a request, including the connection',
  }),
  WEBHOOK_CONCURRENCY: integerText(8, 4_096).default(256).meta({
    description:
      'deliveries of webhooks that each process handles at a time; of one endpoint at most 20 requests, and an eighth of the free places',
  }),
  WEBHOOK_RETENTION_DAYS: days(LEAST_RETENTION_DAYS, 365).default(30).meta({
    description:
      'days for which ended deliveries of webhooks and their attempts are kept, and after which a waiting delivery has failed',
  }),
  WEBHOOK_KEPT_ATTEMPTS: integerText(1_000, 10_000_000).default(100_000).meta({
    description: 'maximum number of attempts that are kept for a webhook endpoint',
  }),
};

/** A port number without leading zeros. */
function isPort(text: string): boolean {
  return /^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535;
}

/** What production requires instead. */
export const webhookSettingsInProduction = {
  WEBHOOK_ALLOW_LOOPBACK: webhookSettings.WEBHOOK_ALLOW_LOOPBACK.refine(
    (isAllowed) => !isAllowed,
    'must not be true in production: clients could reach services of this machine',
  ),
};

export const webhookScopes: ScopeDeclaration = { scopes: ['webhook:manage'], ofShops: ['webhook:manage'] };

export interface WebhooksConfig {
  WEBHOOK_ENDPOINTS_PER_CLIENT: number;
  WEBHOOK_ALLOWED_PORTS: readonly string[];
  WEBHOOK_ALLOWED_NETWORKS: readonly string[];
  WEBHOOK_ALLOW_LOOPBACK: boolean;
  WEBHOOK_TIMEOUT_MS: number;
  WEBHOOK_CONCURRENCY: number;
  WEBHOOK_RETENTION_DAYS: number;
  WEBHOOK_KEPT_ATTEMPTS: number;
  SHUTDOWN_TIMEOUT_MS: number;
  /** The first one encrypts the secrets of endpoints, all decrypt. */
  webhookKeys: readonly Buffer[];
}

/** Requests to one endpoint that each process makes at a time. */
const REQUESTS_PER_ENDPOINT = 20;

/** The module `webhooks`: sends events to URLs of clients. */
export function composeWebhooks(platform: Platform, config: WebhooksConfig): Module {
  const { database: db, readPool, logger, metrics } = platform;
  const sealing = createSecretSealing(config.webhookKeys, randomBytes);
  const policy: TargetPolicy = {
    ports: config.WEBHOOK_ALLOWED_PORTS.map(Number),
    networks: config.WEBHOOK_ALLOWED_NETWORKS,
    loopback: config.WEBHOOK_ALLOW_LOOPBACK,
  };
  const sender = createWebhookSender({
    policy,
    timeLimitMs: config.WEBHOOK_TIMEOUT_MS,
    maxInProgress: config.WEBHOOK_CONCURRENCY + PLACES_FOR_TESTS,
  });
  metrics.gauge(
    'webhook_secrets_under_former_keys',
    'Webhook endpoints with a secret that the first key has not encrypted.',
    () => countFormerSecrets(db, sealing),
  );
  return {
    tags: [
      { name: WEBHOOKS_TAG, description: 'Endpoints of the calling client that get its events by HTTP.' },
    ],
    links: { webhooks: '/webhooks' },
    operations: [
      ...endpointOperations({
        db,
        sealing,
        policy,
        newSecret: () => randomBytes(SECRET_BYTES),
        maxPerClient: config.WEBHOOK_ENDPOINTS_PER_CLIENT,
      }),
      testWebhookOperation({ db, sealing, send: createTestSend(sender) }),
      ...deliveryOperations({ db, reads: readPool }),
      ...replayOperations({ db }),
    ],
    components: [composeDispatcher(platform, config, { sender, sealing })],
    housekeeping: [
      () => resealSecrets(db, sealing, logger),
      () => pruneSecrets(db),
      ...deliveryPruning(db, { days: config.WEBHOOK_RETENTION_DAYS, kept: config.WEBHOOK_KEPT_ATTEMPTS }),
    ],
    healthChecks: {},
  };
}

/** The process that delivers, and its metrics. */
function composeDispatcher(
  { database: db, sequencer, logger, metrics }: Platform,
  config: WebhooksConfig,
  parts: Pick<DeliveryDispatcherOptions, 'sender' | 'sealing'>,
): DeliveryDispatcher {
  const countAttempts = metrics.counter(
    'webhook_attempts_total',
    'Attempts to deliver events to webhooks, by outcome.',
    ['outcome'],
  );
  metrics.gauge('webhook_queue_deliveries', 'Deliveries that wait or are being sent, at most 100 001.', () =>
    countQueue(db),
  );
  metrics.gaugeByKind('webhook_endpoints', 'Webhook endpoints by state.', () => countEndpointsByState(db));
  metrics.gauge(
    'webhook_events_behind',
    'Events that are not in the queues of webhooks yet; 0 without endpoints.',
    () => countEventsBehind(db),
  );
  return createDeliveryDispatcher({
    ...parts,
    db,
    sequencer,
    limits: { perEndpoint: REQUESTS_PER_ENDPOINT, total: config.WEBHOOK_CONCURRENCY },
    timeLimitMs: config.WEBHOOK_TIMEOUT_MS,
    stopGraceMs: config.SHUTDOWN_TIMEOUT_MS / 2,
    logger,
    onSettled: (settled) => settled.forEach(({ outcome }) => countAttempts({ outcome })),
  });
}
