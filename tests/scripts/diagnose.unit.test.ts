import { expect } from 'chai';
import fc from 'fast-check';
import { diagnose, isContradictory } from '../../scripts/system/health/diagnose';
import {
  type Dependency,
  type DependencyName,
  type Observations,
  type ServiceName,
  type ServiceSeen,
} from '../../scripts/system/health/observations';
import { type ServiceHealth } from '../../scripts/system/health/read-service-health';
import { REPORT_ORDER } from '../../scripts/system/health/report';

const DEPENDENCIES: readonly DependencyName[] = ['postgres', 'redis', 'sqs'];
const USES: Record<ServiceName, readonly DependencyName[]> = {
  'order-service': ['postgres', 'redis', 'sqs'],
  'delivery-service': ['postgres', 'sqs'],
};
const SERVICES = Object.keys(USES) as ServiceName[];

const dependency = (name: DependencyName, changes: Partial<Dependency> = {}): Dependency => ({
  ...{ name, address: `host:${name}`, fault: null, off: null, isOurs: true },
  ...{ remedy: `restart ${name}`, inquiry: `logs about ${name}`, ...changes },
});

const service = (name: ServiceName, changes: Partial<ServiceSeen> = {}): ServiceSeen => ({
  ...{ name, address: `host:${name}`, fault: null, health: healthOf(name, []) },
  ...{ remedy: `restart ${name}`, inquiry: `logs ${name}`, ...changes },
});

/** The answer of a service that cannot reach these dependencies. */
function healthOf(name: ServiceName, down: readonly DependencyName[]): ServiceHealth {
  const away = USES[name].filter((used) => down.includes(used));
  const state = (isDown: boolean) =>
    isDown ? { status: 'down' as const, error: 'it accepts no connections' } : { status: 'up' as const };
  return {
    status: away.includes('postgres') ? 'down' : away.length > 0 ? 'degraded' : 'up',
    components: {
      ...Object.fromEntries(USES[name].map((used) => [used, state(away.includes(used))])),
      outbox: state(away.includes('postgres')),
      ...(name === 'order-service' && { reconciliation: state(away.includes('postgres')) }),
    },
  };
}

const seen = (
  dependencies: readonly Dependency[] = [],
  services: readonly ServiceSeen[] = [],
): Observations => ({
  dependencies: DEPENDENCIES.map((name) => dependencies.find((one) => one.name === name) ?? dependency(name)),
  services: SERVICES.map((name) => services.find((one) => one.name === name) ?? service(name)),
});

const statuses = (observations: Observations) =>
  Object.fromEntries(diagnose(observations).components.map(({ name, status }) => [name, status]));

describe('the diagnosis of the health check', () => {
  it('given PostgreSQL that is down, then it is one failure with a next step, and both services are consequences', () => {
    const { components, ...report } = diagnose(
      seen(
        [dependency('postgres', { fault: 'stopped' })],
        SERVICES.map((name) => service(name, { health: healthOf(name, ['postgres']) })),
      ),
    );
    expect(report).to.deep.equal({
      ...{ status: 'down', failures: 1, consequences: 2, next_step: 'restart postgres' },
    });
    const [postgres, , , orders] = components;
    expect(postgres).to.include({ status: 'failed', problem: 'stopped', next_step: 'restart postgres' });
    expect(orders).to.deep.include({ status: 'affected', because_of: ['postgres'], next_step: null });
    expect(orders?.problem).to.equal('serves no request, because postgres is down');
  });

  it('given any failed components, then each counts once, in a fixed order, and consequences have no next step', () => {
    const some = <T>(of: readonly T[]) => fc.subarray([...of]);
    fc.assert(
      fc.property(some(DEPENDENCIES), some(SERVICES), (down, stopped) => {
        const { components, failures, consequences } = diagnose(
          seen(
            down.map((name) => dependency(name, { fault: 'stopped' })),
            SERVICES.map((name) =>
              stopped.includes(name)
                ? service(name, { fault: 'stopped', health: null })
                : service(name, { health: healthOf(name, down) }),
            ),
          ),
        );
        expect(components.map(({ name }) => name)).to.deep.equal(REPORT_ORDER);
        expect(failures).to.equal(down.length + stopped.length);
        const suffering = SERVICES.filter(
          (name) => !stopped.includes(name) && USES[name].some((used) => down.includes(used)),
        );
        expect(consequences).to.equal(suffering.length);
        for (const { name, status, because_of: because, next_step: step } of components) {
          expect(step === null).to.equal(status !== 'failed');
          expect(because.every((cause) => down.some((one) => one === cause))).to.equal(true);
          if (status === 'affected') expect(suffering).to.include(name);
        }
      }),
    );
  });

  it('given Redis or SQS down, then orders are accepted; given the Order Service down, then they are not', () => {
    const without = (name: DependencyName) =>
      seen(
        [dependency(name, { fault: 'stopped' })],
        SERVICES.map((user) => service(user, { health: healthOf(user, [name]) })),
      );
    expect(diagnose(without('redis'))).to.include({ status: 'degraded', failures: 1, consequences: 1 });
    expect(diagnose(without('sqs'))).to.include({ status: 'degraded', failures: 1, consequences: 2 });
    const gone = { fault: 'stopped', health: null };
    expect(diagnose(seen([], [service('delivery-service', gone)]))).to.include({ status: 'degraded' });
    expect(diagnose(seen([], [service('order-service', gone)]))).to.include({ status: 'down' });
  });

  it('given a server that answers but that no service can use, then the server has failed; if only one service cannot use it, then that service has failed', () => {
    const refused = (...names: ServiceName[]) =>
      seen(
        [],
        names.map((name) => service(name, { health: healthOf(name, ['postgres']) })),
      );
    const both = diagnose(refused('order-service', 'delivery-service'));
    expect(both).to.include({ failures: 1, consequences: 2 });
    expect(both.components[0]).to.include({
      problem: 'order-service and delivery-service cannot use it: it accepts no connections',
      next_step: 'logs about postgres',
    });
    const one = diagnose(refused('delivery-service'));
    expect(one).to.include({ failures: 1, consequences: 0 });
    expect(one.components[4]).to.include({
      status: 'failed',
      problem: 'cannot use postgres: it accepts no connections; outbox: it accepts no connections',
      next_step: 'logs delivery-service',
    });
  });

  it('given a server that the services use but that is unreachable from this machine, then there is a warning', () => {
    const faulty = { fault: 'does not answer on db:5432', isOurs: false };
    const { status, components } = diagnose(seen([dependency('postgres', faulty)]));
    expect(status).to.equal('healthy');
    expect(components[0]).to.deep.include({
      status: 'healthy',
      warnings: ['seen from this machine: does not answer on db:5432'],
    });
    const ours = diagnose(seen([dependency('postgres', { fault: faulty.fault })]));
    expect(ours, 'the services use another server').to.include({ failures: 1, consequences: 0 });
  });

  it('given services elsewhere, then their dependencies have the reported state', () => {
    const unasked = DEPENDENCIES.map((name) => dependency(name, { address: null, isOurs: false }));
    const down = [service('order-service', { health: healthOf('order-service', ['redis']) })];
    expect(statuses(seen(unasked, down))).to.include({
      ...{ postgres: 'healthy', redis: 'failed', 'order-service': 'affected' },
    });
    const silent = SERVICES.map((name) => service(name, { fault: 'does not answer', health: null }));
    expect(statuses(seen(unasked, silent))).to.include({ postgres: 'unknown', redis: 'unknown' });
  });

  it('given a copy without Redis, then Redis is off, and that is not a failure', () => {
    const off = dependency('redis', { address: null, off: 'this copy was started without a Redis program' });
    expect(diagnose(seen([off])).status).to.equal('healthy');
    expect(statuses(seen([off]))['redis']).to.equal('off');
  });

  it('given a fault in a service that no dependency explains, then that service has failed', () => {
    const health = healthOf('order-service', []);
    const findings = {
      status: 'down' as const,
      error: 'orders that do not match their shipments: missing 1',
    };
    const { components, failures } = diagnose(
      seen(
        [],
        [
          service('order-service', {
            health: {
              ...health,
              status: 'degraded',
              components: { ...health.components, reconciliation: findings },
            },
          }),
        ],
      ),
    );
    expect(failures).to.equal(1);
    expect(components[3]?.problem).to.equal(`reconciliation: ${findings.error}`);
  });

  it('given a service that reports only that it cannot serve requests, then a failed PostgreSQL is the cause', () => {
    const short: ServiceHealth = { status: 'down', components: {} };
    const orders = service('order-service', { health: short });
    const stopped = dependency('postgres', { fault: 'stopped' });
    expect(statuses(seen([stopped], [orders]))).to.include({ 'order-service': 'affected' });
    expect(statuses(seen([], [orders]))).to.include({ 'order-service': 'failed' });
  });

  it('given an outdated report of a service, then the contradiction is detected', () => {
    expect(isContradictory(seen([dependency('sqs', { fault: 'stopped' })]))).to.equal(true);
    expect(isContradictory(seen())).to.equal(false);
    const late = [service('order-service', { health: healthOf('order-service', ['redis']) })];
    expect(isContradictory(seen([], late))).to.equal(true);
  });
});
