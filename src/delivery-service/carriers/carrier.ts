import { type CarrierReport } from '../domain/advance-shipment';
import { type Shipment } from '../domain/shipment';

export interface PollResult {
  /** The reported step of the parcel; null: nothing new. */
  report: CarrierReport | null;
  /** When to ask again, in milliseconds. Up to 1 000 the carrier should answer within 2 s, or another instance asks it too. */
  nextPollInMs: number;
}

/** The company that transports the parcels. A repeated question about the same state must be harmless, because an answer can be lost. */
export interface Carrier {
  readonly name: string;
  /**
   * When to ask about a new shipment, in milliseconds. No `nextPollInMs` is longer than both this and 10 s: the carrier takeover reschedules
   * shipments that wait longer.
   */
  readonly firstPollInMs: number;
  /** @throws when the carrier cannot be reached; the carrier is asked about the shipment again later. */
  poll(shipment: Shipment): Promise<PollResult>;
}
