/** Which processes run on which cores. */
export interface CorePlan {
  /** The core of each process of the Order Service. */
  orderServices: number[];
  /** The core of each process of the Delivery Service. */
  deliveryServices: number[];
  /** The cores of the servers and of the load generator. */
  others: number[];
  /** Whether processes have to share cores. */
  isShared: boolean;
}

/**
 * Distributes the processes of both services over the chosen cores, in turn; the servers and the load generator use the other cores, or all
 * cores if there is no other.
 */
export function corePlan(instances: number, chosen: readonly number[], usable: readonly number[]): CorePlan {
  const coreOf = (position: number): number => chosen[position % chosen.length]!;
  const numbers = Array.from({ length: instances }, (_, index) => index);
  const rest = usable.filter((core) => !chosen.includes(core));
  return {
    orderServices: numbers.map((index) => coreOf(2 * index)),
    deliveryServices: numbers.map((index) => coreOf(2 * index + 1)),
    others: rest.length > 0 ? rest : [...usable],
    isShared: rest.length === 0 || 2 * instances > chosen.length,
  };
}

/** The cores that a process used: its CPU seconds per second. */
export interface CoreShare {
  name: string;
  cores: number;
}

/** A process with one thread for its code that uses this share of a core has no reserve. */
const SATURATED = 0.9;

/** What limits the throughput, in words. */
export function bottleneckOf(shares: readonly CoreShare[], usable: number): string {
  const byUse = [...shares].sort((one, other) => other.cores - one.cores);
  const shown = ({ name, cores }: CoreShare): string => `${name} ${cores.toFixed(2)}`;
  // PostgreSQL has a process for each connection: one core is not its limit.
  const single = byUse.filter(({ name, cores }) => name !== 'postgres' && cores >= SATURATED);
  const total = byUse.reduce((sum, { cores }) => sum + cores, 0);
  const machine = `${total.toFixed(2)} of ${String(usable)} cores in use`;
  if (total >= usable * SATURATED)
    return `all cores are busy (${machine}); most by ${byUse.slice(0, 3).map(shown).join(', ')}`;
  if (single.length > 0) return `saturated: ${single.map(shown).join(', ')} of one core each (${machine})`;
  return `no process is saturated (${machine}); most by ${byUse.slice(0, 3).map(shown).join(', ')}`;
}
