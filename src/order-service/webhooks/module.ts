import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { listOf } from '../../shared/config/fragments';
import { integerText } from '../../shared/contracts/integers';
import { type ScopeDeclaration } from '../../shared/contracts/scopes';
import { type Module, type Platform } from '../platform';
import { createSecretSealing } from './domain/sealed-secret';
import { SECRET_BYTES } from './domain/signature';
import { type TargetPolicy } from './domain/target-url';
import { WEBHOOKS_TAG } from './routes/endpoint-resource';
import { endpointOperations } from './routes/endpoint-operations';
import { countFormerSecrets, pruneSecrets, resealSecrets } from './use-cases/endpoint-secrets';

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
  /** The first one encrypts the secrets of endpoints, all decrypt. */
  webhookKeys: readonly Buffer[];
}

/** The module `webhooks`: sends events to URLs of clients. */
export function composeWebhooks({ database: db, logger, metrics }: Platform, config: WebhooksConfig): Module {
  const sealing = createSecretSealing(config.webhookKeys, randomBytes);
  const policy: TargetPolicy = {
    ports: config.WEBHOOK_ALLOWED_PORTS.map(Number),
    networks: config.WEBHOOK_ALLOWED_NETWORKS,
    loopback: config.WEBHOOK_ALLOW_LOOPBACK,
  };
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
    operations: endpointOperations({
      db,
      sealing,
      policy,
      newSecret: () => randomBytes(SECRET_BYTES),
      maxPerClient: config.WEBHOOK_ENDPOINTS_PER_CLIENT,
    }),
    components: [],
    housekeeping: [() => resealSecrets(db, sealing, logger), () => pruneSecrets(db)],
    healthChecks: {},
  };
}
