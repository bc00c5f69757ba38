import { type Component } from '../components/component';
import { ensureAllStartable, startComponents } from '../components/start-components';
import { composeUp } from '../infrastructure/docker-compose';
import { buildIfNeeded, isBuilt } from '../preparation/build';
import { demoClientWorks } from '../preparation/demo-token';
import { prepareExternalQueues } from '../preparation/prepare-queues';
import { ensureSigningKey } from '../preparation/signing-keys';
import { recordedProcess } from '../processes/process-record';
import { seedsDemoClients, type Settings } from '../settings';
import { allComponents, currentSystem, rememberInfra, type System } from '../system';
import { report, secondsSince, shortPath, styled } from '../terminal';
import { prepareDatabases } from '../preparation/prepare-databases';

/** Starts whatever is down, and returns once an order could be placed. */
export async function up(settings: Settings): Promise<number> {
  const start = performance.now();
  const system = currentSystem(settings);
  if (await isUp(settings, system)) {
    const hasDemoClient = await checkDemoClient(settings, system);
    console.log('The system is already up.');
    if (!isBuilt(settings)) console.log('Its sources have changed since: restart takes them in.');
    showAddresses(settings, system, hasDemoClient);
    return 0;
  }
  console.log(`Starting the system (${describe(settings, system)})`);
  await ensureAllStartable(settings, allComponents(system));
  rememberInfra(settings, system.infra);
  if (system.infra === 'docker') composeUp(settings);
  await Promise.all([buildIfNeeded(settings), startComponents(settings, system.infrastructure)]);
  if (system.infra === 'external') await prepareExternalQueues(settings);
  ensureSigningKey(settings.stateFolder);
  await prepareDatabases(settings, system.infra, { create: system.infra !== 'external' });
  await startComponents(settings, system.services);
  const hasDemoClient = await checkDemoClient(settings, system);
  console.log(styled('green', `The system is up, after ${secondsSince(start)}.`));
  showAddresses(settings, system, hasDemoClient);
  return 0;
}

/** Not against a database without demo clients: it would count as an attempt to guess a secret. */
async function checkDemoClient(settings: Settings, system: System): Promise<boolean> {
  return seedsDemoClients(settings, system.infra) && (await demoClientWorks(originOf(system.services[0])));
}

async function isUp(settings: Settings, system: System): Promise<boolean> {
  const answers = await Promise.all(
    allComponents(system).map(async ({ name, control, isHealthy }) => {
      const runs = control === null || recordedProcess(settings.stateFolder, name) !== null;
      return runs && (await isHealthy());
    }),
  );
  return answers.every(Boolean);
}

function describe(settings: Settings, { infra }: System): string {
  const where = {
    local: 'without Docker',
    docker: 'infrastructure in Docker',
    external: 'external infrastructure',
  };
  return `${where[infra]}, state in ${shortPath(settings.stateFolder)}`;
}

function originOf(service: Component | undefined): string {
  return `http://${service?.host ?? ''}:${String(service?.port)}`;
}

function showAddresses(settings: Settings, system: System, hasDemoClient: boolean): void {
  console.log('');
  for (const service of system.services) report(service.name, originOf(service));
  for (const { name, host, port } of system.infrastructure) report(name, `${host}:${String(port)}`);
  report('logs', `${shortPath(settings.stateFolder)}/logs, or: ./scripts/manage-system.sh logs`);
  if (hasDemoClient) {
    report('demo client', 'demo-client, secret demo-secret');
    report('next', './scripts/manage-system.sh demo');
  } else if (seedsDemoClients(settings, system.infra))
    report('demo client', 'demo-client was changed or removed: it stays as it is, and demo cannot be run');
  else report('first client', 'npm run register-client -- CLIENT_ID SCOPE…');
}
