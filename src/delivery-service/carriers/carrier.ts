import { type CarrierReport } from '../domain/advance-shipment';
import { type Shipment } from '../domain/shipment';

export interface CarrierAnswer {
  /** The reported step of the parcel; null: nothing new. */
  report: CarrierReport | null;
  /** When to ask again, in milliseconds. */
  askAgainInMs: number;
}

/** The company that transports the parcels. A repeated question about the same state must be harmless, because an answer can be lost. */
export interface Carrier {
  readonly name: string;
  /**
   * When to ask about a new shipment, in milliseconds. No `askAgainInMs` is longer than both this and 10 s: the carrier takeover brings
   * forward what waits longer.
   */
  readonly firstStepInMs: number;
  /** @throws when the carrier cannot be reached; the carrier is asked about the shipment again later. */
  ask(shipment: Shipment): Promise<CarrierAnswer>;
}
