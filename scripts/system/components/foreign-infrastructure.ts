import { type Address, httpSilence, postgresSilence, redisSilence } from '../infrastructure/answers';
import { type ExternalUrls } from '../settings';
import { type Component, type ComponentName } from './component';

/**
 * Infrastructure that Docker or the operator runs: it can only be asked how it is.
 * @param isOurs whether what answers on the port of a component is this copy's own; by default whatever the URLs name is
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
      if (!(await isOurs(name))) return 'its container does not run';
      const reason = await silence();
      return reason === null
        ? null
        : `does not answer on ${address.host}:${String(address.port)} (${reason})`;
    },
    control: null,
  });
  return [
    component('postgres', database, () => postgresSilence(database)),
    component('redis', redis, () => redisSilence(redis)),
    component('sqs', sqs, () => httpSilence(urls.SQS_ENDPOINT)),
  ];
}

function addressOf(url: string, usualPort: number): Address {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usualPort : Number(port) };
}
