import { cpuFigure, type Figure } from './measurement';
import { type ProcessUsage } from './process-usage';

/** A service of several processes has a number after its name. */
const isService = (name: string): boolean => /^(order|delivery) service( \d+)?$/.test(name);

/** The CPU time per order of every process, and of the services and PostgreSQL together. */
export function usageFigures(processes: readonly ProcessUsage[], orders: number): Record<string, Figure> {
  const ofProcess = processes.map(({ name }): [string, Figure] => {
    const figure = cpuFigure(processes, [name], orders);
    return [`CPU of ${name} for an order`, name === 'load generator' ? { ...figure, better: null } : figure];
  });
  return { 'CPU for an order': cpuForOrder(processes, orders), ...Object.fromEntries(ofProcess) };
}

/** Of the services and PostgreSQL; the other processes are the emulator of the queues, the cache and the load generator. */
export function cpuForOrder(processes: readonly ProcessUsage[], orders: number): Figure {
  const names = processes.map(({ name }) => name).filter((name) => isService(name) || name === 'postgres');
  return cpuFigure(processes, names, orders);
}

/** The largest resident set of each service since its start. */
export const memoryFigures = (processes: readonly ProcessUsage[]): Record<string, Figure> =>
  Object.fromEntries(
    processes
      .filter(({ name }) => isService(name))
      .map(({ name, peakMemoryBytes }): [string, Figure] => [
        `peak memory of ${name}`,
        { value: peakMemoryBytes / 2 ** 20, unit: 'MB', better: 'lower' },
      ]),
  );
