import { INFRASTRUCTURE_NAMES, SERVICE_NAMES } from '../components/component';
import { type Observations, type ServiceName, type ServiceSeen } from './observations';
import { readServiceHealth } from './read-service-health';

/** URLs of services outside of this copy; a service without a URL is not checked. */
export type ServiceUrls = Partial<Readonly<Record<ServiceName, string>>>;

/** Checks services outside of this copy. The state of their dependencies is known only from their reports. */
export async function observeElsewhere(urls: ServiceUrls): Promise<Observations> {
  const given = SERVICE_NAMES.flatMap((name) => {
    const url = urls[name];
    return url === undefined ? [] : [{ name, url: url.replace(/\/+$/, '') }];
  });
  const [{ url } = { url: '' }] = given;
  return {
    dependencies: INFRASTRUCTURE_NAMES.map((name) => ({
      name,
      address: null,
      fault: null,
      off: null,
      isOurs: false,
      remedy: '',
      inquiry: `curl -s '${url}/health'`,
    })),
    services: await Promise.all(given.map(seen)),
  };
}

async function seen({ name, url }: { name: ServiceName; url: string }): Promise<ServiceSeen> {
  const answer = await readServiceHealth(url, name);
  const common = {
    name,
    address: url,
    health: null,
    remedy: `curl -i '${url}/health'`,
    inquiry: `curl -s '${url}/health'`,
  };
  if (answer.kind === 'silent') return { ...common, fault: `does not answer at ${url} (${answer.reason})` };
  if (answer.kind === 'stranger') return { ...common, fault: `${url} is answered by another program` };
  return { ...common, fault: null, health: answer.health };
}
