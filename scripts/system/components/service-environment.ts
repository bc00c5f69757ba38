import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { keyFilesInForce } from '../preparation/service-secrets';
import { signingKeyFileInForce } from '../preparation/signing-keys';
import { type Infra, type Settings } from '../settings';
import { infrastructureUrls } from './infrastructure-urls';

const LOCAL_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
};

/** Defaults for trying out the system; not used with external infrastructure. */
const LOCAL_DEFAULTS = {
  RECONCILE_AFTER_SECONDS: '10',
  SIMULATED_STEP_MS: '1000',
  WEBHOOK_ALLOW_LOOPBACK: 'true',
};

/**
 * The environment of a service: the defaults of local mode, overridden by the operator's settings, overridden by the ports and addresses of
 * this copy. With external infrastructure NODE_ENV and every other setting are the operator's.
 */
export function serviceEnvironment(settings: Settings, infra: Infra): NodeJS.ProcessEnv {
  const { orderService, deliveryService } = settings.ports;
  return {
    ...(infra === 'external' ? {} : { ...LOCAL_DEFAULTS, MAIL_URL: mailFolder(settings) }),
    JWT_ISSUER: `http://localhost:${String(orderService)}`,
    ...settings.environment,
    ...ownPlaces(settings, infra),
    ...(infra === 'external' ? {} : { ...LOCAL_CREDENTIALS, CORS_ORIGINS: corsOrigins(settings) }),
    ...infrastructureUrls(settings, infra),
    ...(settings.withoutRedis && { REDIS_URL: '' }),
    ...(settings.instanceId !== null && { INSTANCE_ID: settings.instanceId }),
    ...(infra === 'external' ? {} : { NODE_ENV: 'development' }),
    HOST: settings.host,
    ORDER_SERVICE_PORT: String(orderService),
    DELIVERY_SERVICE_PORT: String(deliveryService),
  };
}

/**
 * Variables that follow from ports and state folder. If the script runs the infrastructure, only the shell can override them: in `.env`
 * they are for services that are run manually.
 */
function ownPlaces(settings: Settings, infra: Infra): NodeJS.ProcessEnv {
  const { environment, ownEnvironment, ports } = settings;
  const named = infra === 'external' ? environment : ownEnvironment;
  return {
    JWT_PRIVATE_KEY_FILE: signingKeyFileInForce(settings, infra),
    ...keyFilesInForce(settings, infra),
    ORDER_SERVICE_URL: named['ORDER_SERVICE_URL'] || `http://127.0.0.1:${String(ports.orderService)}`,
    DELIVERY_SERVICE_URL:
      named['DELIVERY_SERVICE_URL'] || `http://127.0.0.1:${String(ports.deliveryService)}`,
  };
}

/** Mails of this copy are files in its state folder. */
const mailFolder = ({ stateFolder }: Settings): string => pathToFileURL(join(stateFolder, 'mail')).href;

/** The Delivery Service's /docs page fetches its token from the Order Service, a different origin. */
function corsOrigins({ environment, host, ports }: Settings): string {
  const hosts = new Set([
    'localhost',
    '127.0.0.1',
    ...(/^[\w.-]+$/.test(host) && host !== '0.0.0.0' ? [host] : []),
  ]);
  const pages = [...hosts].map((name) => `http://${name}:${String(ports.deliveryService)}`);
  return [...new Set([...(environment['CORS_ORIGINS']?.split(',') ?? []), ...pages])].join(',');
}
