import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { withTimeout } from './with-timeout';

/** A part of a service, which is started and stopped with it. */
export interface Component {
  readonly name: string;
  start(): Promise<void>;
  /** Resolves when nothing of the component runs any more. A component that was never started may be stopped. */
  stop(): Promise<void>;
  /** Resolves with the reason when the service cannot continue after the start. */
  readonly failure?: Promise<Error>;
  /**
   * The component only checks a start condition and holds no resource: when several processes run a service, the primary process checks
   * it for all of them too.
   */
  readonly isCondition?: true;
}

/** Combines components that start and stop in parallel. */
export function parallelComponents(name: string, parts: readonly Component[]): Component {
  return {
    name,
    async start() {
      await Promise.all(parts.map((part) => part.start()));
    },
    async stop() {
      await Promise.all(parts.map((part) => part.stop()));
    },
  };
}

/** A start condition without resources: the service does not start when `check` throws. */
export function startCheck(name: string, check: () => Promise<void>): Component {
  return { name, isCondition: true, start: check, stop: () => Promise.resolve() };
}

/** A composed service, with its components in the order in which they start. */
export interface Service {
  readonly name: string;
  readonly logger: Logger;
  readonly components: readonly Component[];
  /** How long each component may take to stop, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** The number of processes that run the service; with more than one, the primary process only supervises the others. */
  readonly processes: number;
}

/**
 * Starts the components one after the other; when one fails to start, those before it are stopped again. Once `stopping` is aborted, the
 * rest is left to {@link stopService}: no further component starts, and a start that fails then is no error.
 */
export async function startService(service: Service, stopping?: AbortSignal): Promise<void> {
  const started: Component[] = [];
  try {
    for (const component of service.components) {
      if (stopping?.aborted) return;
      started.push(component);
      await component.start();
    }
  } catch (error) {
    if (stopping?.aborted) return;
    await stopComponents(service, started);
    throw error;
  }
}

/**
 * Stops the components in reverse order, so that the intake stops before the components that it feeds. A component that is late or fails
 * is logged and skipped, so that the others still stop.
 *
 * @returns true when every component stopped in time.
 */
export async function stopService(service: Service): Promise<boolean> {
  return stopComponents(service, service.components);
}

async function stopComponents(service: Service, components: readonly Component[]): Promise<boolean> {
  let clean = true;
  for (const component of components.toReversed()) {
    try {
      await withTimeout(service.stopTimeoutMs, component.stop(), () => {
        throw new Error(`not done after ${service.stopTimeoutMs} ms`);
      });
    } catch (error) {
      clean = false;
      service.logger.error(`${component.name} did not stop cleanly`, { error: messageOf(error) });
    }
  }
  return clean;
}
