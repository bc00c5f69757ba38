import { type INFRASTRUCTURE_NAMES, type SERVICE_NAMES } from '../components/component';
import { type ServiceHealth } from './read-service-health';

export type DependencyName = (typeof INFRASTRUCTURE_NAMES)[number];
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** A server that the services depend on, as checked by this process. */
export interface Dependency {
  readonly name: DependencyName;
  /** null: not checked. */
  readonly address: string | null;
  /** null when it answers or was not checked. */
  readonly fault: string | null;
  /** The reason why it is not part of this copy. */
  readonly off: string | null;
  /** Whether this copy runs it: then its fault counts even if services reach another server in its place. */
  readonly isOurs: boolean;
  /** The command for the case that it does not answer. */
  readonly remedy: string;
  /** The command that shows why services cannot use it. */
  readonly inquiry: string;
}

/** A service, as checked by this process, with its report about its dependencies. */
export interface ServiceSeen {
  readonly name: ServiceName;
  readonly address: string;
  /** Why no service of this system answers; null when it does. */
  readonly fault: string | null;
  readonly health: ServiceHealth | null;
  /** The command for the case of a fault. */
  readonly remedy: string;
  /** The command that shows why it cannot use a dependency. */
  readonly inquiry: string;
}

export interface Observations {
  readonly dependencies: readonly Dependency[];
  readonly services: readonly ServiceSeen[];
}
