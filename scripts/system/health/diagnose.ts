import { type ComponentName, INFRASTRUCTURE_NAMES } from '../components/component';
import { type Dependency, type DependencyName, type Observations, type ServiceSeen } from './observations';
import { type ComponentReport, type HealthReport, REPORT_ORDER, type SystemVerdict } from './report';

export type Diagnosis = Pick<
  HealthReport,
  'status' | 'failures' | 'consequences' | 'next_step' | 'components'
>;

/** The components that a service reports besides its dependencies, and the dependencies that each of them needs. */
const DERIVED: Readonly<Record<string, readonly DependencyName[]>> = {
  outbox: ['postgres', 'sqs'],
  order_list: ['postgres'],
  reconciliation: ['postgres'],
};

/**
 * Separates causes from consequences: a dependency that is down is one failure; services that need it are affected. Reports of services
 * count as much as this process's own checks.
 */
export function diagnose(seen: Observations): Diagnosis {
  const dependencies = seen.dependencies.map((dependency) => ofDependency(dependency, seen.services));
  const failed = dependencies.filter(({ status }) => status === 'failed').map(({ name }) => name);
  const services = seen.services.map((service) => ofService(service, failed));
  const components = REPORT_ORDER.flatMap((name) =>
    [...dependencies, ...services].filter((component) => component.name === name),
  );
  const failures = components.filter(({ status }) => status === 'failed');
  return {
    status: verdict(seen.services, failures.length),
    failures: failures.length,
    consequences: components.filter(({ status }) => status === 'affected').length,
    next_step: failures[0]?.next_step ?? null,
    components,
  };
}

/** Whether a service's report contradicts this process's own check. The report may be one second old. */
export function isContradictory({ dependencies, services }: Observations): boolean {
  return dependencies.some(
    ({ name, address, fault }) =>
      address !== null &&
      services.some(({ health }) => {
        const said = health?.components[name];
        return said !== undefined && (said.status === 'down') !== (fault !== null);
      }),
  );
}

function verdict(services: readonly ServiceSeen[], failures: number): SystemVerdict {
  if (failures === 0) return 'healthy';
  const first = services.find(({ name }) => name === 'order-service') ?? services[0];
  const takesOrders = first?.fault === null && first.health?.status !== 'down';
  return takesOrders ? 'degraded' : 'down';
}

function ofDependency(dependency: Dependency, services: readonly ServiceSeen[]): ComponentReport {
  const { name, address, off, fault, isOurs } = dependency;
  const base = healthy(name, address);
  if (off !== null) return { ...base, status: 'off', problem: off };
  const users = services.filter(({ health }) => health?.components[name] !== undefined);
  const deprived = users.filter(({ health }) => health?.components[name]?.status === 'down');
  if (fault !== null) {
    const isUsed = users.length > 0 && deprived.length === 0;
    if (isUsed && !isOurs) return { ...base, warnings: [`seen from this machine: ${fault}`] };
    return { ...base, status: 'failed', problem: fault, next_step: dependency.remedy };
  }
  if (address === null && users.length === 0) return { ...base, status: 'unknown' };
  const isTheirs =
    address === null ? deprived.length > 0 : users.length > 1 && deprived.length === users.length;
  if (!isTheirs) return base;
  const reason = deprived[0]?.health?.components[name]?.error ?? 'it does not work';
  const problem = `${listed(deprived)} cannot use it: ${reason}`;
  return { ...base, status: 'failed', problem, next_step: dependency.inquiry };
}

function ofService(service: ServiceSeen, failed: readonly ComponentName[]): ComponentReport {
  const { name, address, fault, health } = service;
  const base = healthy(name, address);
  if (fault !== null || health === null)
    return { ...base, status: 'failed', problem: fault, next_step: service.remedy };
  const causes = new Set<ComponentName>();
  const problems: string[] = [];
  for (const [part, { status, error = 'it does not work' }] of Object.entries(health.components)) {
    if (status === 'up') continue;
    const failedCauses = causesOf(part).filter((cause) => failed.includes(cause));
    failedCauses.forEach((cause) => causes.add(cause));
    if (failedCauses.length === 0)
      problems.push(isDependency(part) ? `cannot use ${part}: ${error}` : `${part}: ${error}`);
  }
  // Its health quota may be used up, so that it names no components; without PostgreSQL no request can be served.
  const namesNoComponent = health.status === 'down' && Object.keys(health.components).length === 0;
  if (namesNoComponent && failed.includes('postgres')) causes.add('postgres');
  const because = INFRASTRUCTURE_NAMES.filter((cause) => causes.has(cause));
  const warnings = Object.values(health.components).flatMap(({ warning }) => warning ?? []);
  const found = { ...base, because_of: because, warnings };
  if (problems.length > 0)
    return { ...found, status: 'failed', problem: problems.join('; '), next_step: service.inquiry };
  if (because.length > 0) return { ...found, status: 'affected', problem: effect(health.status, because) };
  if (health.status === 'up') return found;
  return { ...found, status: 'failed', problem: 'cannot serve requests', next_step: service.inquiry };
}

const healthy = (name: ComponentName, address: string | null): ComponentReport => ({
  ...{ name, status: 'healthy', address, problem: null, because_of: [], next_step: null, warnings: [] },
});

function effect(status: string, because: readonly string[]): string {
  const reason = `because ${listOf(because)} ${because.length === 1 ? 'is' : 'are'} down`;
  return status === 'down' ? `serves no request, ${reason}` : `works with restrictions, ${reason}`;
}

const isDependency = (part: string): part is DependencyName =>
  INFRASTRUCTURE_NAMES.some((name) => name === part);

const causesOf = (part: string): readonly DependencyName[] =>
  isDependency(part) ? [part] : (DERIVED[part] ?? []);

const listed = (services: readonly ServiceSeen[]): string => listOf(services.map(({ name }) => name));

const listOf = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
