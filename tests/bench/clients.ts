import { join } from 'node:path';
import { runToEnd } from '../../scripts/system/processes/run-to-end';
import { PROJECT } from '../support/production-stack/instance';
import { type Build } from './builds/build';

export interface Credentials {
  clientId: string;
  secret: string;
}

export interface Clients {
  /** The client that places orders. */
  shop: Credentials;
  /** The client that places orders while the shop sends other requests. */
  other: Credentials;
  /** The client that may read the metrics of the services. */
  operator: Credentials;
}

/** Registers clients with the build's command of production, where no demo clients exist. */
export async function registerClients({ folder }: Build, environment: NodeJS.ProcessEnv): Promise<Clients> {
  const program = join(folder, 'dist', 'order-service', 'register-client.js');
  const register = (clientId: string, ...scopes: string[]): Promise<Credentials> =>
    registerClient(program, environment, clientId, scopes);
  const [shop, other, operator] = await Promise.all([
    register('bench-shop', 'order:create', 'order:read', 'webhook:manage', 'product:manage', 'stock:manage'),
    register('bench-other', 'order:create', 'order:read'),
    register('bench-operator', 'ops:manage'),
  ]);
  return { shop, other, operator };
}

/** A build that is compared can know fewer scopes; it names those that it knows when it refuses one. */
async function registerClient(
  program: string,
  environment: NodeJS.ProcessEnv,
  clientId: string,
  scopes: readonly string[],
): Promise<Credentials> {
  const { exitCode, output } = await runToEnd(process.execPath, [program, clientId, ...scopes], {
    cwd: PROJECT,
    env: environment,
  });
  const known = /with scopes of (.+)$/m.exec(output)?.[1]?.split(' ');
  if (known && !scopes.every((scope) => known.includes(scope))) {
    const granted = scopes.filter((scope) => known.includes(scope));
    return registerClient(program, environment, clientId, granted);
  }
  const secret = /^client_secret=(.+)$/m.exec(output)?.[1];
  if (exitCode !== 0 || secret === undefined)
    throw new Error(`${clientId} could not be registered: ${output}`);
  return { clientId, secret };
}

/** An access token of that client. */
export async function fetchToken(apiUrl: string, { clientId, secret }: Credentials): Promise<string> {
  const response = await fetch(`${apiUrl}/auth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: secret,
    }),
  });
  if (!response.ok) throw new Error(`no token for ${clientId}: ${String(response.status)}`);
  return ((await response.json()) as { access_token: string }).access_token;
}
