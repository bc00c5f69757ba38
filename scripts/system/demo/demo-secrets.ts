import { serviceOrigin } from '../components/service-origin';
import { OperatorError } from '../operator-error';
import { fetchDemoToken } from '../preparation/demo-token';
import { type Infra, seedsDemoClients, type Settings } from '../settings';
import { commandLine } from '../terminal';

export type DemoClient = 'demo-client' | 'demo-other';

/** The secret of each client, and the environment variable that it came from; null for the default secret. */
export type DemoSecrets = Readonly<Record<DemoClient, { value: string; variable: string | null }>>;

const VARIABLES = { 'demo-client': 'DEMO_CLIENT_SECRET', 'demo-other': 'DEMO_OTHER_SECRET' } as const;

/** Whether the demo has credentials: its clients are seeded, or the operator gives a secret for each. */
export function hasDemoClients(settings: Settings, infra: Infra): boolean {
  const isGiven = Object.values(VARIABLES).every((name) => settings.environment[name] !== undefined);
  return isGiven || seedsDemoClients(settings, infra);
}

/**
 * The secrets of the demo's clients: demo-secret, unless set in the environment.
 * @throws OperatorError that says what to set when a client is refused
 */
export async function demoSecrets(settings: Settings): Promise<DemoSecrets> {
  const secrets = {
    'demo-client': secretOf(settings, 'demo-client'),
    'demo-other': secretOf(settings, 'demo-other'),
  };
  for (const client of ['demo-client', 'demo-other'] as const) {
    const token = await fetchDemoToken(serviceOrigin(settings), client, secrets[client].value);
    if (token === 'refused') throw refusal(client, secrets[client].variable);
  }
  return secrets;
}

function secretOf({ environment }: Settings, client: DemoClient): { value: string; variable: string | null } {
  const value = environment[VARIABLES[client]];
  return value === undefined
    ? { value: 'demo-secret', variable: null }
    : { value, variable: VARIABLES[client] };
}

function refusal(client: DemoClient, variable: string | null): OperatorError {
  const secret = variable === null ? 'demo-secret' : `the secret in ${variable}`;
  return new OperatorError(
    `The Order Service refused ${client} with ${secret}: set ${VARIABLES[client]} to its secret. A client that is disabled or ` +
      `removed is not restored by a start: enable it (PATCH /clients/${client}) or reset the system (${commandLine('reset')}).`,
  );
}
