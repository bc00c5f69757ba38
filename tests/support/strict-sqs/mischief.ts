import { type ActionName } from './actions';
import { SqsError, type SqsErrorName } from './sqs-error';

/** What goes wrong next, as the test writes it. Each trick is played that many times, then all is well again. */
export interface Mischief {
  /** The action is carried out; instead of its answer the connection breaks. An empty receive does not count. */
  loseReply(action: ActionName, times?: number): void;
  /** The action is not carried out: `InternalFailure` is a 500, everything else a 400. */
  fail(action: ActionName, error: SqsErrorName, times?: number): void;
  /** The entry at that position (0 is the first) is refused, the others are carried out. */
  refuseEntry(action: ActionName, position: number, error?: SqsErrorName, times?: number): void;
  /** All that was asked for has happened. */
  isOver(): boolean;
}

type Trick =
  | { kind: 'lose reply' }
  | { kind: 'fail'; error: SqsErrorName }
  | { kind: 'refuse entry'; position: number; error: SqsErrorName };

/** The other side of {@link Mischief}: what the server asks at each request. */
export interface Script extends Mischief {
  failure(action: ActionName): SqsError | null;
  refusalOf(action: ActionName): (position: number) => SqsError | null;
  losesReply(action: ActionName, answer: object): boolean;
}

export function mischief(): Script {
  const plan: { action: ActionName; trick: Trick; left: number }[] = [];

  function next<K extends Trick['kind']>(action: ActionName, kind: K): Extract<Trick, { kind: K }> | null {
    const entry = plan.find((one) => one.action === action && one.trick.kind === kind && one.left > 0);
    if (!entry) return null;
    entry.left -= 1;
    return entry.trick as Extract<Trick, { kind: K }>;
  }

  return {
    loseReply: (action, times = 1) => void plan.push({ action, trick: { kind: 'lose reply' }, left: times }),
    fail: (action, error, times = 1) =>
      void plan.push({ action, trick: { kind: 'fail', error }, left: times }),
    refuseEntry: (action, position, error = 'InternalFailure', times = 1) =>
      void plan.push({ action, trick: { kind: 'refuse entry', position, error }, left: times }),
    isOver: () => plan.every(({ left }) => left === 0),
    failure: (action) => toError(next(action, 'fail')),
    refusalOf(action) {
      const trick = next(action, 'refuse entry');
      return (position) => (trick?.position === position ? toError(trick) : null);
    },
    losesReply: (action, answer) =>
      (action !== 'ReceiveMessage' || 'Messages' in answer) && next(action, 'lose reply') !== null,
  };
}

const toError = (trick: { error: SqsErrorName } | null): SqsError | null =>
  trick && new SqsError(trick.error, 'We encountered an internal error. Please try again.');
