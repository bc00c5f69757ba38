import { signingKeyFile } from '../preparation/signing-keys';
import { type Infra, type Settings } from '../settings';
import { infrastructureUrls } from './infrastructure-urls';

const LOCAL_CREDENTIALS = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  // The lock file pins an SDK that runs on Node 20; its notice about versions to come would only clutter the log.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/**
 * The environment of a service: what this script decides (ports, addresses, keys), over what the operator set, over the
 * defaults of local mode.
 */
export function serviceEnvironment(settings: Settings, infra: Infra): NodeJS.ProcessEnv {
  const { orderService, deliveryService } = settings.ports;
  return {
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    RECONCILE_AFTER_SECONDS: '10',
    JWT_ISSUER: `http://localhost:${String(orderService)}`,
    JWT_PRIVATE_KEY_FILE: signingKeyFile(settings.stateFolder),
    ORDER_SERVICE_URL: `http://127.0.0.1:${String(orderService)}`,
    DELIVERY_SERVICE_URL: `http://127.0.0.1:${String(deliveryService)}`,
    ...settings.environment,
    ...(infra === 'external' ? {} : LOCAL_CREDENTIALS),
    ...infrastructureUrls(settings, infra),
    ...(settings.withoutRedis && { REDIS_URL: '' }),
    ...(settings.instanceId !== null && { INSTANCE_ID: settings.instanceId }),
    NODE_ENV: 'development',
    HOST: settings.host,
    ORDER_SERVICE_PORT: String(orderService),
    DELIVERY_SERVICE_PORT: String(deliveryService),
  };
}
