import { type Percentiles } from '../measurement';

export interface FloorResult {
  /** The load generator. */
  by: string;
  perSecond: number;
  latency: Percentiles;
}
