import { type QueueState } from './queue-state';
import { SqsError } from './sqs-error';
import { type VirtualClock } from './virtual-clock';

/** Everything that a simulated SQS holds. */
export interface Account {
  readonly clock: VirtualClock;
  readonly queues: Map<string, QueueState>;
  /** Whether bodies may have the characters above U+FFFF: SQS takes them, the emulator of local mode does not. */
  readonly takesSupplementary: boolean;
  /** Where the queues' URLs begin. */
  baseUrl: string;
  /** Resolves at the next change of anything, or when the signal is aborted. */
  changed(signal: AbortSignal): Promise<void>;
}

/** One request. The input is what the client sent: JSON of the shape that the action documents, or not. */
export interface Call<I> {
  readonly account: Account;
  readonly input: I;
  /** Why the batch entry at that position is to be refused, if it is. */
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
