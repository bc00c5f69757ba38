import { type ActionName } from './actions';
import { SqsError, type SqsErrorName } from './sqs-error';

/** The faults that the test plans. Each fault happens `times` times. */
export interface FaultInjection {
  /** The action is executed; the connection is closed instead of answering. An empty receive does not count. */
  loseReply(action: ActionName, times?: number): void;
  /** The action is not executed: `InternalFailure` is a 500, every other error a 400. */
  fail(action: ActionName, error: SqsErrorName, times?: number): void;
  /** The entry at that position (0 is the first) is refused, the others are executed. */
  refuseEntry(action: ActionName, position: number, error?: SqsErrorName, times?: number): void;
  /** Whether all planned faults have happened. */
  isOver(): boolean;
}

type Fault =
  | { kind: 'lose reply' }
  | { kind: 'fail'; error: SqsErrorName }
  | { kind: 'refuse entry'; position: number; error: SqsErrorName };

/** The server's view of {@link FaultInjection}: it takes the next fault of a request. */
export interface PlannedFaults extends FaultInjection {
  failure(action: ActionName): SqsError | null;
  refusalOf(action: ActionName): (position: number) => SqsError | null;
  losesReply(action: ActionName, answer: object): boolean;
}

export function faultInjection(): PlannedFaults {
  const plan: { action: ActionName; fault: Fault; left: number }[] = [];

  function next<K extends Fault['kind']>(action: ActionName, kind: K): Extract<Fault, { kind: K }> | null {
    const entry = plan.find((one) => one.action === action && one.fault.kind === kind && one.left > 0);
    if (!entry) return null;
    entry.left -= 1;
    return entry.fault as Extract<Fault, { kind: K }>;
  }

  return {
    loseReply: (action, times = 1) => void plan.push({ action, fault: { kind: 'lose reply' }, left: times }),
    fail: (action, error, times = 1) =>
      void plan.push({ action, fault: { kind: 'fail', error }, left: times }),
    refuseEntry: (action, position, error = 'InternalFailure', times = 1) =>
      void plan.push({ action, fault: { kind: 'refuse entry', position, error }, left: times }),
    isOver: () => plan.every(({ left }) => left === 0),
    failure: (action) => toError(next(action, 'fail')),
    refusalOf(action) {
      const fault = next(action, 'refuse entry');
      return (position) => (fault?.position === position ? toError(fault) : null);
    },
    losesReply: (action, answer) =>
      (action !== 'ReceiveMessage' || 'Messages' in answer) && next(action, 'lose reply') !== null,
  };
}

const toError = (fault: { error: SqsErrorName } | null): SqsError | null =>
  fault && new SqsError(fault.error, 'We encountered an internal error. Please try again.');
