import { type AppError } from '../../../shared/errors';
import { type FailedOrder } from './catch-up-order';
import { type Finding } from '../../orders/domain/compare-shipment';

/** The outcome of a comparison, as ids of orders. */
export interface ComparisonReport {
  compared: number;
  /** Orders whose ORDER_CREATED was lost and is sent again. */
  createdResent: string[];
  /** Orders whose cancellation request was lost and is sent again. */
  cancelResent: string[];
  /** Orders that had missed messages of the Delivery Service and have applied them now. */
  caughtUp: string[];
  /** Orders whose shipments had lost reported steps, which are restored now. */
  restored: string[];
  /** Orders whose applied shipment messages were renumbered. */
  aligned: string[];
  /** Orders that agree with their shipment and do not wait for its answer. */
  agreeing: string[];
  /** Orders that cannot be repaired; each has an error of its own. */
  failed: FailedOrder[];
  /** New findings, including those of `failed` orders. */
  newFindings: Finding[];
  /** Why the comparison ended early: the Delivery Service or the database became unavailable. */
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

/** Adds findings to a report. */
export const withFindings = (report: ComparisonReport, found: readonly Finding[]): ComparisonReport => ({
  ...report,
  newFindings: [...report.newFindings, ...found],
});
