import { type Address, httpFault, postgresFault, redisFault } from '../infrastructure/answers';
import { type ExternalUrls } from '../settings';
import { type Component, type ComponentName } from './component';

/**
 * Infrastructure that Docker or the operator runs: only its state can be checked.
 * @param isOurs whether the server on the port of a component belongs to this copy; by default every server that the URLs name
 */
export function foreignInfrastructure(
  urls: ExternalUrls,
  isOurs: (name: ComponentName) => Promise<boolean> = () => Promise.resolve(true),
): Component[] {
  const database = addressOf(urls.ORDER_DATABASE_URL, 5432);
  const redis = addressOf(urls.REDIS_URL, 6379);
  const sqs = addressOf(urls.SQS_ENDPOINT, urls.SQS_ENDPOINT.startsWith('https') ? 443 : 80);
  const component = (
    name: ComponentName,
    address: Address,
    silence: () => Promise<string | null>,
  ): Component => ({
    name,
    ...address,
    fault: async () => {
      if (!(await isOurs(name))) return 'its container is not running';
      const reason = await silence();
      return reason === null
        ? null
        : `does not answer on ${address.host}:${String(address.port)} (${reason})`;
    },
    control: null,
  });
  return [
    component('postgres', database, () => postgresFault(database)),
    component('redis', redis, () => redisFault(redis)),
    component('sqs', sqs, () => httpFault(urls.SQS_ENDPOINT)),
  ];
}

function addressOf(url: string, usualPort: number): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usualPort : Number(port) };
}
