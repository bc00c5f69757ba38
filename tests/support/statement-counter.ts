import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { currentContext } from '../../src/shared/observability/context';

/** The database usage of a request. */
export interface Asked {
  statements: string[];
  /** Number of waits for an answer: pipelined statements wait once. */
  roundTrips: number;
}

export interface StatementCounter {
  /** Counts the statements of a request to a service of this process; the request must send the given headers. */
  during(act: (headers: Record<string, string>) => Promise<unknown>): Promise<Asked>;
  remove(): void;
}

type Query = (this: Client, ...args: unknown[]) => unknown;

/** Observes every connection of this process. Only statements with the correlation id of the request are counted. */
export function countStatements(): StatementCounter {
  const prototype = Client.prototype as unknown as { query: Query };
  const original = prototype.query;
  const inFlight = new WeakMap<Client, number>();
  let counted: { correlationId: string; asked: Asked } | null = null;

  prototype.query = function (...args) {
    if (!counted || currentContext()?.correlationId !== counted.correlationId)
      return original.apply(this, args);
    const before = inFlight.get(this) ?? 0;
    counted.asked.statements.push(textOf(args[0]));
    if (before === 0) counted.asked.roundTrips += 1;
    inFlight.set(this, before + 1);
    const ended = (): void => void inFlight.set(this, (inFlight.get(this) ?? 1) - 1);
    const callback = args.at(-1);
    if (typeof callback !== 'function') return track(original.apply(this, args), ended);
    const wrapped = (...results: unknown[]): void => {
      ended();
      callback(...results);
    };
    return original.apply(this, [...args.slice(0, -1), wrapped]);
  };

  return {
    async during(act) {
      const correlationId = `counted-${randomUUID()}`;
      const asked: Asked = { statements: [], roundTrips: 0 };
      counted = { correlationId, asked };
      await act({ 'X-Correlation-Id': correlationId });
      counted = null;
      return asked;
    },
    remove: () => void (prototype.query = original),
  };
}

function track(result: unknown, ended: () => void): unknown {
  void Promise.resolve(result).then(ended, ended);
  return result;
}

const textOf = (query: unknown): string =>
  typeof query === 'string' ? query : (query as { text: string }).text;
