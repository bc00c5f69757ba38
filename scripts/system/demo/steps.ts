import { CANCELLING_STEPS } from './steps/cancelling-steps';
import { DELIVERY_STEPS } from './steps/delivery-steps';
import { LIST_STEPS } from './steps/list-steps';
import { PLACING_STEPS } from './steps/placing-steps';
import { PREPARATION_STEPS } from './steps/preparation-steps';
import { STOCK_STEPS } from './steps/stock-steps';
import { ENDPOINT_STEPS, WEBHOOK_STEPS } from './steps/webhook-steps';
import { type Step, type Story } from './story';

const STEPS: readonly Step[] = [
  ...PREPARATION_STEPS,
  ...ENDPOINT_STEPS,
  ...PLACING_STEPS,
  ...CANCELLING_STEPS,
  ...DELIVERY_STEPS,
  ...WEBHOOK_STEPS,
  ...LIST_STEPS,
  ...STOCK_STEPS,
];

/** The steps of the demo: without those about webhooks, when it cannot receive any. */
export const stepsFor = ({ webhooks }: Pick<Story, 'webhooks'>): readonly Step[] =>
  STEPS.filter(({ needsWebhooks }) => webhooks !== null || needsWebhooks !== true);
