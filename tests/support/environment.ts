import { randomBytes } from 'node:crypto';
import { createSqsClient } from '../../src/shared/queue/sqs-client';
import { ensureQueues } from '../../src/shared/queue/create-queues';
import { freePorts } from './free-ports';
import { createTestDatabase } from './databases';
import { testKeys, testPepper, testWebhookKey } from './keys';
import { useLocalCredentials } from './local-credentials';
import { testInfrastructure } from './mocha-hooks';

/** For tests that kill processes: how long the messages that they had received wait. */
export const SHORT_LEASES = { QUEUE_VISIBILITY_TIMEOUT_SECONDS: '5' };

/** The variables of a service pair of its own: fresh databases, queues of its own, ports that the system chooses. */
export async function testEnvironment(
  overrides: Record<string, string> = {},
): Promise<Record<string, string>> {
  const { redisUrl, sqsEndpoint } = await testInfrastructure();
  const prefix = `t${randomBytes(4).toString('hex')}-`;
  useLocalCredentials();
  const [orderPort = 0] = await freePorts(1);
  const environment = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'warn',
    ORDER_SERVICE_PORT: String(orderPort),
    DELIVERY_SERVICE_PORT: '0',
    ORDER_DATABASE_URL: await createTestDatabase('order-service'),
    DELIVERY_DATABASE_URL: await createTestDatabase('delivery-service'),
    REDIS_URL: redisUrl,
    SQS_ENDPOINT: sqsEndpoint,
    QUEUE_NAME_PREFIX: prefix,
    DELIVERY_SERVICE_URL: 'http://127.0.0.1:1',
    JWT_PRIVATE_KEY: testKeys.privatePem,
    CLIENT_SECRET_PEPPERS: testPepper,
    WEBHOOK_SECRET_KEYS: testWebhookKey,
    WEBHOOK_ALLOW_LOOPBACK: String(overrides['NODE_ENV'] !== 'production'),
    ORDER_SERVICE_URL: `http://127.0.0.1:${String(orderPort)}`,
    SIMULATED_STEP_MS: '0',
    RATE_LIMIT_PER_MINUTE: '0',
    ...overrides,
  };
  await createQueues(sqsEndpoint, environment.QUEUE_NAME_PREFIX);
  return environment;
}

/** Makes the topology's queues under a prefix; needed again after the emulator was restarted. */
export async function createQueues(endpoint: string, prefix: string): Promise<void> {
  const client = createSqsClient({ region: 'us-east-1', endpoint, requestTimeoutMs: 5_000 });
  await ensureQueues(client, prefix);
  client.destroy();
}
