import { type QueueState } from './queue-state';
import { SqsError } from './sqs-error';
import { type VirtualClock } from './virtual-clock';

/** The state of a simulated SQS. */
export interface Account {
  readonly clock: VirtualClock;
  readonly queues: Map<string, QueueState>;
  /** Whether bodies may contain characters above U+FFFF: SQS accepts them, the emulator of local mode does not. */
  readonly takesSupplementary: boolean;
  /** Prefix of the queue URLs. */
  baseUrl: string;
  /** Resolves at the next change of the state, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
}

/** One request. The input is not validated yet. */
export interface Call<I> {
  readonly account: Account;
  readonly input: I;
  /** The injected refusal of the batch entry at that position, if any. */
  readonly refusal: (position: number) => SqsError | null;
  readonly signal: AbortSignal;
}

export const urlOf = (account: Account, name: string): string => `${account.baseUrl}/000000000000/${name}`;

/** @throws SqsError QueueDoesNotExist */
export function queueNamed(account: Account, name: string | undefined): QueueState {
  const queue = account.queues.get(name ?? '');
  if (!queue) throw new SqsError('QueueDoesNotExist', 'The specified queue does not exist.');
  return queue;
}

export function queueAt({ account, input }: Call<{ QueueUrl?: string }>): QueueState {
  return queueNamed(account, input.QueueUrl?.split('/').at(-1));
}
