import { type CoreShare, bottleneckOf, corePlan, type CorePlan } from '../core-plan';
import { familyOf, pin, usableCores } from '../core-pinning';
import { perSecond, type Figure, type Measurement } from '../measurement';
import { cpuForOrder } from '../process-figures';
import { type Scenario, type ScenarioContext } from '../scenario';
import { type Stack } from '../stack';
import { type System } from '../system';
import { measureSustained } from './pipeline';

/** Processes of each service. */
const INSTANCES = [1, 2, 4];

/** The sustained pipeline with several processes of each service, each pinned to a core. */
export const instances: Scenario = async (context) => {
  const usable = usableCores();
  try {
    const measurements: Measurement[] = [];
    for (const count of INSTANCES) measurements.push(await measureWith(count, usable, context));
    return measurements;
  } finally {
    pinOthers(context.stack, usable);
  }
};

async function measureWith(
  count: number,
  usable: readonly number[],
  context: ScenarioContext,
): Promise<Measurement> {
  const chosen = context.options.cores ?? usable;
  const plan = corePlan(count, chosen, usable);
  pinOthers(context.stack, plan.others);
  const { rate, delivered, seconds, processes, busy } = await measureSustained(context, {
    instances: count,
    // Many processes on few cores are slow while they warm up.
    repeatsBusy: true,
    onStarted: (system) => pinServices(system, plan),
  });
  const shares = processes.map(({ name, cpuSeconds }) => ({ name, cores: cpuSeconds / seconds }));
  const bottleneck = bottleneckOf(shares, usable.length);
  context.say(`${String(count)} of each service: ${bottleneck}`);
  return {
    name: `instances, ${String(count)} of each service`,
    figures: {
      throughput: perSecond(rate, 'orders'),
      'CPU for an order': cpuForOrder(processes, delivered),
      'answers 503': { value: busy, unit: '', better: null },
      ...shareFigures(shares),
    },
    processes,
    notes: [bottleneck, ...notesOf(plan)],
  };
}

/** The processes that the pinned ones start later, such as Redis, the queues and the sessions of PostgreSQL, inherit their cores. */
function pinOthers({ servers }: Stack, cores: readonly number[]): void {
  const postgres = servers.postgres.pid();
  for (const pid of [process.pid, ...(postgres === null ? [] : familyOf(postgres))]) pin(pid, cores);
}

function pinServices(system: System, { orderServices, deliveryServices }: CorePlan): void {
  system.pidsOf('order-service').forEach((pid, index) => pin(pid, [orderServices[index]!]));
  system.pidsOf('delivery-service').forEach((pid, index) => pin(pid, [deliveryServices[index]!]));
}

const shareFigures = (shares: readonly CoreShare[]): Record<string, Figure> =>
  Object.fromEntries(
    shares.map(({ name, cores }) => [`cores of ${name}`, { value: cores, unit: 'cores', better: null }]),
  );

function notesOf({ orderServices, deliveryServices, others, isShared }: CorePlan): string[] {
  const cores =
    `Order Service on cores ${orderServices.join(', ')}; Delivery Service on ${deliveryServices.join(', ')}; ` +
    `PostgreSQL, Redis, queues and load generator on ${others.join(', ')}`;
  return [cores, ...(isShared ? ['processes share cores'] : [])];
}
