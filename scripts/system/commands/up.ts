import { type Component, type ComponentName, INFRASTRUCTURE_NAMES } from '../components/component';
import { isUsable } from '../components/component-state';
import { ensureAnswering } from '../components/ensure-answering';
import { ensureAllStartable, startComponents } from '../components/start-components';
import { startContainers, startInfrastructure } from '../components/start-infrastructure';
import { ensureHttpPorts } from '../instance/ensure-http-ports';
import { agreedSettings } from '../instance/settings-in-force';
import { ensureDocker, startInstance } from '../instance/start-instance';
import { withLock } from '../instance/with-lock';
import { UsageError } from '../operator-error';
import { buildIfNeeded } from '../preparation/build';
import { type DemoToken, fetchDemoToken } from '../preparation/demo-token';
import { prepareDatabases } from '../preparation/prepare-databases';
import { prepareExternalQueues } from '../preparation/prepare-queues';
import { ensureSecrets } from '../preparation/service-secrets';
import { sideBySide } from '../processes/side-by-side';
import { seedsDemoClients, type Settings } from '../settings';
import { allComponents, currentSystem, ensureParts, only, type System } from '../system';
import { secondsSince, styled } from '../terminal';
import { showServiceVariables } from './env';
import { onInterrupt } from './up/on-interrupt';
import { showAddresses, showChanges, whereItIs } from './up/show-system';

export interface UpOptions {
  /** Empty: all. */
  readonly names: readonly ComponentName[];
  /** Start only the infrastructure, with databases, queues and keys. */
  readonly infra: boolean;
}

const EVERYTHING: UpOptions = { names: [], infra: false };

/** Starts those of the named components, or of all, that are down, and returns when they are ready. */
export async function up(given: Settings, options: UpOptions = EVERYTHING): Promise<number> {
  return withLock(given, 'up', () => startUp(given, options));
}

/** The same for a caller that already holds the lock. */
export async function startUp(given: Settings, options: UpOptions = EVERYTHING): Promise<number> {
  const begin = performance.now();
  if (options.infra && options.names.length > 0) throw new UsageError('Give either --infra or components.');
  const settings = agreedSettings(given);
  ensureHttpPorts(settings);
  const whole = currentSystem(settings);
  const names = options.infra ? INFRASTRUCTURE_NAMES : options.names;
  ensureParts(whole, options.names);
  const system = only(whole, names);
  if (await areUsable(settings, system)) return showAlreadyUp(settings, whole, options);
  if (whole.infra === 'docker') ensureDocker(settings);
  console.log(`Starting ${nameOf(options)} (${whereItIs(settings, whole)})`);
  await ensureAllStartable(settings, allComponents(system));
  const ended = onInterrupt(settings, whole);
  const started = await start(settings, whole, system, options);
  ended();
  console.log(styled('green', `${subjectWithVerb(options)} up, after ${secondsSince(begin)}.`));
  await showUp(started, options);
  return 0;
}

/** @returns the settings in force after the start */
async function start(
  settings: Settings,
  whole: System,
  { infra, infrastructure, services }: System,
  options: UpOptions,
): Promise<Settings> {
  let current = startInstance(settings, infra);
  const needsDatabases = services.length > 0 || options.infra;
  if (infrastructure.length === 0) await ensureAnswering(current, whole.infrastructure.filter(isPostgres));
  if (infra === 'docker') startContainers(current, infrastructure);
  const database = infrastructure.filter(isPostgres);
  const others = infrastructure.filter((component) => !isPostgres(component));
  [current] = await sideBySide([
    startInfrastructure(current, others, options.names),
    sideBySide([
      startInfrastructure(current, database, []),
      needsDatabases ? buildIfNeeded(current) : null,
    ]).then(() =>
      needsDatabases ? prepareDatabases(current, infra, { create: infra !== 'external' }) : undefined,
    ),
  ]);
  if (!needsDatabases) return current;
  if (infra === 'external') await prepareExternalQueues(current);
  ensureSecrets(current);
  const isNamed = ({ name }: Component): boolean => services.some((service) => service.name === name);
  await startComponents(current, currentSystem(current).services.filter(isNamed));
  return current;
}

const isPostgres = ({ name }: Component): boolean => name === 'postgres';

async function areUsable(settings: Settings, system: System): Promise<boolean> {
  const answers = await Promise.all(allComponents(system).map((component) => isUsable(settings, component)));
  return answers.every(Boolean);
}

async function showAlreadyUp(settings: Settings, system: System, options: UpOptions): Promise<number> {
  console.log(`${subjectWithVerb(options)} already up.`);
  showChanges(settings, only(system, options.names));
  await showUp(settings, options);
  return 0;
}

async function showUp(settings: Settings, options: UpOptions): Promise<void> {
  const system = currentSystem(settings);
  if (options.infra) showServiceVariables(settings, system.infra);
  else if (options.names.length === 0) showAddresses(settings, system, await demoToken(settings, system));
}

/**
 * Fetches a token to check that orders can be placed. Without demo clients no token is requested: the request would count as an attempt to guess a secret.
 * @returns null if there are no demo clients
 * @throws OperatorError when no client could get a token
 */
async function demoToken(settings: Settings, system: System): Promise<DemoToken | null> {
  if (!seedsDemoClients(settings, system.infra)) return null;
  const [orderService] = system.services;
  return fetchDemoToken(`http://${orderService?.host ?? ''}:${String(orderService?.port)}`);
}

function nameOf({ names, infra }: UpOptions): string {
  if (infra) return 'the infrastructure';
  return names.length === 0 ? 'the system' : names.join(', ');
}

const subjectWithVerb = (options: UpOptions): string =>
  `${nameOf(options).replace(/^the/, 'The')} ${options.names.length > 1 ? 'are' : 'is'}`;
