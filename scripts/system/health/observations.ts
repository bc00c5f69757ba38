import { type INFRASTRUCTURE_NAMES, type SERVICE_NAMES } from '../components/component';
import { type ServiceHealth } from './read-service-health';

export type DependencyName = (typeof INFRASTRUCTURE_NAMES)[number];
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** One of the servers that the services depend on, as it is seen from here. */
export interface Dependency {
  readonly name: DependencyName;
  /** null: it was not asked. */
  readonly address: string | null;
  /** What is wrong with it; null when it answers, or was not asked. */
  readonly fault: string | null;
  /** Not part of this copy, and why. */
  readonly off: string | null;
  /** Whether this copy runs it, so that its fault counts even if services find a server in its place. */
  readonly isOurs: boolean;
  /** What helps when it does not answer. */
  readonly remedy: string;
  /** What shows why services cannot use it. */
  readonly inquiry: string;
}

/** A service, as it is seen from here, and what it says of its dependencies. */
export interface ServiceSeen {
  readonly name: ServiceName;
  readonly address: string;
  /** Why it does not count as a service of this system that answers; null when it does. */
  readonly fault: string | null;
  readonly health: ServiceHealth | null;
  /** What helps when it has a fault. */
  readonly remedy: string;
  /** What shows why it cannot use something. */
  readonly inquiry: string;
}

export interface Observations {
  readonly dependencies: readonly Dependency[];
  readonly services: readonly ServiceSeen[];
}
