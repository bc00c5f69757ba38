import { type ArrivedEvent } from '../../support/seen-versions';

/** `products`: those of the catalogue, and their stock. */
export type EventTopic = 'orders' | 'products';

/** A reader of events, with everything that it received. */
export interface EventReader {
  /** Such as "stream of demo-client at order-service-1". */
  readonly name: string;
  readonly kind: 'feed' | 'stream' | 'webhook';
  /** The client whose orders it must receive. */
  readonly owner: string;
  /** What its events are about. */
  readonly topics: readonly EventTopic[];
  /** The only order that it must receive, from any version on; null: all orders of its owner. */
  readonly orderId: string | null;
  /** In the order of their arrival. */
  events(): readonly ArrivedEvent[];
  /** Answers and events that are wrong by themselves. */
  faults(): readonly string[];
  /** How often it was interrupted. */
  interruptions(): number;
  stop(): Promise<void>;
}
