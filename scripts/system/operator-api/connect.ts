import { clientCredentials, type ClientOptions, type Credentials } from '../../../client/api-client';
import { messageOf } from '../../../src/shared/errors';
import { serviceFault } from '../components/service-fault';
import { serviceOrigin } from '../components/service-origin';
import { agreedSettings, isStarted, settingsInForce } from '../instance/settings-in-force';
import { OperatorError } from '../operator-error';
import { serviceUrl, type Settings } from '../settings';
import { commandLine } from '../terminal';

const ANSWERS_WITHIN_MS = 3_000;

/** The two services of one system, for the client CLIENT_ID with CLIENT_SECRET. */
export interface OperatorAccess {
  readonly orderService: ClientOptions;
  /** @throws OperatorError when its URL is unknown, it does not answer, or another system answers in its place */
  deliveryService(): Promise<ClientOptions>;
}

/**
 * Connects to the services of this copy, or to those at ORDER_SERVICE_URL and DELIVERY_SERVICE_URL.
 *
 * @throws OperatorError when the Order Service does not answer, or gives this client no token
 */
export async function connect(given: Settings): Promise<OperatorAccess> {
  const named = elsewhere(given, 'ORDER_SERVICE_URL');
  const settings = named === undefined ? agreedSettings(given) : settingsInForce(given);
  const baseUrl = named ?? (await ownOrderService(settings));
  const token = clientCredentials(baseUrl, credentials(settings, named));
  await ensureServing('Order Service', baseUrl);
  try {
    await token();
  } catch (cause) {
    throw new OperatorError(`${messageOf(cause)}: set CLIENT_ID and CLIENT_SECRET.`);
  }
  return {
    orderService: { baseUrl, token },
    async deliveryService() {
      const ofSystem =
        named === undefined ? await ownDeliveryService(settings) : await deliveryServiceElsewhere(given);
      return { baseUrl: ofSystem, token };
    },
  };
}

/**
 * The credentials default to the demo operator only for this copy; for another system that would be guessing a secret.
 * @param named URL of an Order Service other than that of this copy
 */
function credentials({ environment, infra }: Settings, named: string | undefined): Credentials {
  const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = environment;
  const isOurs = infra !== 'external' && (named === undefined || isNearby(named));
  if (!isOurs && (clientId === undefined || clientSecret === undefined))
    throw new OperatorError('Set CLIENT_ID and CLIENT_SECRET to a client with the scope ops:manage.');
  return { clientId: clientId ?? 'demo-operator', clientSecret: clientSecret ?? 'demo-secret' };
}

/**
 * The URL of a service of another system that the operator names. While this copy runs, only the shell can name one. A loopback address in
 * `.env` always means the service of this copy.
 *
 * @throws OperatorError when it is not the URL of a server that `fetch` connects to
 */
function elsewhere(
  given: Settings,
  variable: 'ORDER_SERVICE_URL' | 'DELIVERY_SERVICE_URL',
): string | undefined {
  const { ownEnvironment, environment } = given;
  const named = environment[variable];
  const isOfFile = named !== undefined && !isNearby(named) && !isStarted(given);
  const url = ownEnvironment[variable] || (isOfFile ? named : undefined);
  return url === undefined ? undefined : serviceUrl(variable, url);
}

const isNearby = (url: string): boolean =>
  URL.canParse(url) && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

/** @throws OperatorError when the Order Service of this copy does not answer, or another system answers in its place */
async function ownOrderService(settings: Settings): Promise<string> {
  const { instanceId, environment } = settings;
  if (instanceId === null && environment['ORDER_SERVICE_PORT'] === undefined)
    throw new OperatorError(
      `This copy of the system is not up: start it with ${commandLine('up')}, or set ORDER_SERVICE_URL.`,
    );
  const origin = serviceOrigin(settings);
  const fault = await serviceFault({ name: 'order-service', origin, instanceId });
  if (fault !== null) throw new OperatorError(`The Order Service of this copy cannot be used: ${fault}.`);
  return origin;
}

/** @throws OperatorError when the Delivery Service of this copy does not answer, or another system answers in its place */
async function ownDeliveryService(settings: Settings): Promise<string> {
  const origin = serviceOrigin(settings, 'deliveryService');
  const { instanceId } = settings;
  const fault = await serviceFault({ name: 'delivery-service', origin, instanceId });
  if (fault !== null) throw new OperatorError(`The Delivery Service of this copy cannot be used: ${fault}.`);
  return origin;
}

/** @throws OperatorError when DELIVERY_SERVICE_URL is missing, or nothing answers there */
async function deliveryServiceElsewhere(given: Settings): Promise<string> {
  const named = elsewhere(given, 'DELIVERY_SERVICE_URL');
  if (named === undefined)
    throw new OperatorError(
      'Set DELIVERY_SERVICE_URL to the Delivery Service of the system that ORDER_SERVICE_URL belongs to.',
    );
  await ensureServing('Delivery Service', named);
  return named;
}

async function ensureServing(service: string, baseUrl: string): Promise<void> {
  const isServing = await fetch(`${baseUrl}/health/live`, {
    signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
  }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!isServing) throw new OperatorError(`The ${service} does not answer at ${baseUrl}.`);
}
