import { type AppError } from '../../../shared/errors';
import { type FailedOrder } from './catch-up-order';
import { type Finding } from '../../orders/domain/compare-shipment';

/** What became of the orders of a comparison, by their ids. */
export interface ComparisonReport {
  compared: number;
  /** Orders whose ORDER_CREATED was lost and is sent again. */
  createdResent: string[];
  /** Orders whose wish to be cancelled was lost and is sent again. */
  cancelResent: string[];
  /** Orders that missed messages of the Delivery Service and have them now. */
  caughtUp: string[];
  /** Orders whose shipments had lost steps that were reported, and have them again. */
  restored: string[];
  /** Orders that count their shipment's messages anew. */
  aligned: string[];
  /** Orders that fit their shipment and wait for no answer. */
  agreeing: string[];
  /** Orders that cannot be repaired, each for a reason of its own. */
  failed: FailedOrder[];
  /** Those that do not fit their shipment and did not when they were last compared; `failed` ones included. */
  newFindings: Finding[];
  /** Why it ended early: the Delivery Service or the database went away. */
  outage: AppError | null;
}

export const emptyReport = (compared: number): ComparisonReport => ({
  compared,
  createdResent: [],
  cancelResent: [],
  caughtUp: [],
  restored: [],
  aligned: [],
  agreeing: [],
  failed: [],
  newFindings: [],
  outage: null,
});

/** The report with what else was found on the way. */
export const withFindings = (report: ComparisonReport, found: readonly Finding[]): ComparisonReport => ({
  ...report,
  newFindings: [...report.newFindings, ...found],
});
