import { PROBES, TOKEN } from './access-steps';
import { A_CLIENT } from './client-steps';
import { METRICS_AND_CONTRACTS, RECONCILIATION, THE_QUEUES } from './operator-steps';
import { A_CANCELLATION, AN_ORDER } from './order-steps';
import { ITS_SHIPMENT } from './shipment-steps';
import { type StoryFolder } from './story-step';

/** The collection in the order in which it runs: each request uses values that earlier answers left. */
export const STORY: readonly StoryFolder[] = [
  PROBES,
  TOKEN,
  AN_ORDER,
  ITS_SHIPMENT,
  A_CANCELLATION,
  A_CLIENT,
  THE_QUEUES,
  RECONCILIATION,
  METRICS_AND_CONTRACTS,
];
