import { signingKeyFile } from '../../scripts/system/preparation/signing-keys';
import { databaseUrl } from '../support/production-stack/databases';
import { type ServerName } from '../support/production-stack/servers';

export type Ports = Readonly<Record<ServerName | 'orderService' | 'deliveryService', number>>;

/** The settings of production except for addresses, without rate limits, and with a carrier without delay. */
export function serviceEnvironment(
  folder: string,
  ports: Ports,
  databases: Readonly<{ orders: string; deliveries: string }>,
): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    NODE_ENV: 'production',
    JWT_ISSUER: 'http://localhost:3001',
    CARRIER: 'simulated',
    LOG_LEVEL: 'info',
    HOST: '127.0.0.1',
    ORDER_DATABASE_URL: databaseUrl(ports.postgres, databases.orders),
    DELIVERY_DATABASE_URL: databaseUrl(ports.postgres, databases.deliveries),
    REDIS_URL: `redis://127.0.0.1:${String(ports.redis)}`,
    SQS_ENDPOINT: `http://127.0.0.1:${String(ports.sqs)}`,
    ORDER_SERVICE_URL: `http://127.0.0.1:${String(ports.orderService)}`,
    DELIVERY_SERVICE_URL: `http://127.0.0.1:${String(ports.deliveryService)}`,
    JWT_PRIVATE_KEY_FILE: signingKeyFile(folder),
    CLIENT_SECRET_PEPPERS: 'A'.repeat(43),
    WEBHOOK_SECRET_KEYS: 'A'.repeat(43),
    RATE_LIMIT_PER_MINUTE: '0',
    SIMULATED_STEP_MS: '0',
    SIMULATED_FAILURE_RATE: '0',
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
}
