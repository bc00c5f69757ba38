import { PROBES, TOKEN } from './access-steps';
import { CLIENT_STEPS } from './client-steps';
import { METRICS_AND_CONTRACTS, OUTBOX_STEPS, QUEUE_STEPS, RECONCILIATION } from './operator-steps';
import { CANCELLATION_STEPS, ORDER_STEPS } from './order-steps';
import { PRODUCT_STEPS } from './product-steps';
import { NOTIFICATION_STEPS } from './notification-steps';
import { SHIPMENT_STEPS } from './shipment-steps';
import { STOCK_STEPS } from './stock-steps';
import { type StoryFolder } from './story-step';
import { WEBHOOK_STEPS } from './webhook-steps';

/** The folders in the order in which they run: each request uses values from earlier responses. */
export const STORY: readonly StoryFolder[] = [
  PROBES,
  TOKEN,
  ORDER_STEPS,
  SHIPMENT_STEPS,
  CANCELLATION_STEPS,
  CLIENT_STEPS,
  WEBHOOK_STEPS,
  PRODUCT_STEPS,
  NOTIFICATION_STEPS,
  STOCK_STEPS,
  QUEUE_STEPS,
  OUTBOX_STEPS,
  RECONCILIATION,
  METRICS_AND_CONTRACTS,
];
