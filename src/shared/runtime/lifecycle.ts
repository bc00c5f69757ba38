import { messageOf } from '../errors';
import { type Logger } from '../observability/logger';
import { within } from './within';

/** A part of a service that is started and stopped with it. */
export interface Component {
  readonly name: string;
  start(): Promise<void>;
  /** Ends when nothing of it is left running. Stopping what was never started is fine. */
  stop(): Promise<void>;
  /** Resolves with the reason when it turns out after the start that the service cannot go on. */
  readonly failure?: Promise<Error>;
  /** It holds nothing that requests need: where several processes run a service, the first one checks it for all of them too. */
  readonly isCondition?: true;
}

/** Parts that start and stop side by side, as one. */
export function sideBySide(name: string, parts: readonly Component[]): Component {
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

/** A condition of the start that holds nothing open: the service does not start when it throws. */
export function startCheck(name: string, check: () => Promise<void>): Component {
  return { name, isCondition: true, start: check, stop: () => Promise.resolve() };
}

/** A composed service: its parts in the order in which they start. */
export interface Service {
  readonly name: string;
  readonly logger: Logger;
  readonly components: readonly Component[];
  /** How long each component may take to stop, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** How many processes run it; with more than one, the first only looks after the others. */
  readonly processes: number;
}

/** Starts the components one after the other; when one cannot start, those before it are stopped again. */
export async function startService(service: Service): Promise<void> {
  const started: Component[] = [];
  try {
    for (const component of service.components) {
      started.push(component);
      await component.start();
    }
  } catch (error) {
    await stopComponents(service, started);
    throw error;
  }
}

/**
 * Stops the components in reverse order, so that intake ends before what it feeds. One that is late or fails is logged and left
 * behind: the others still get their turn.
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
      await within(service.stopTimeoutMs, component.stop(), () => {
        throw new Error(`not done after ${service.stopTimeoutMs} ms`);
      });
    } catch (error) {
      clean = false;
      service.logger.error(`${component.name} did not stop cleanly`, { error: messageOf(error) });
    }
  }
  return clean;
}
