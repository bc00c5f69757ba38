import {
  type PublicEventType,
  type PublicInventoryEvent,
  type PublicOrderEvent,
  type PublicProductEvent,
} from '../../src/shared/contracts/public-event';

/** A public event with the members of every subject, for tests that know which subject it is about. */
export type AnyEvent = Omit<PublicOrderEvent, 'type' | 'data'> & {
  type: PublicEventType;
  product_id: string;
  data: PublicOrderEvent['data'] & PublicProductEvent['data'] & PublicInventoryEvent['data'];
};
