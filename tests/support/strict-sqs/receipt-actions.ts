import { inBatch, type BatchEntry } from './batch';
import { queueAt, type Call } from './call';
import { integerOf, required } from './parameters';
import { type QueueState } from './queue-state';
import { changeVisibility, remove } from './receipts';

export interface ReceiptInput {
  QueueUrl?: string;
  ReceiptHandle?: string;
  VisibilityTimeout?: number;
}

interface ReceiptBatchInput {
  QueueUrl?: string;
  Entries?: (ReceiptInput & BatchEntry)[];
}

type Step = (queue: QueueState, input: ReceiptInput, now: number) => void;

const deleteOne: Step = (queue, input, now) =>
  remove(queue, required(input.ReceiptHandle, 'ReceiptHandle'), now);

const changeOne: Step = (queue, input, now) => {
  const seconds = required(input.VisibilityTimeout, 'VisibilityTimeout');
  integerOf(seconds, 'VisibilityTimeout', [0, 43_200], 0);
  changeVisibility(queue, required(input.ReceiptHandle, 'ReceiptHandle'), seconds, now);
};

const single = (step: Step) => (call: Call<ReceiptInput>) => {
  step(queueAt(call), call.input, call.account.clock.now());
  return {};
};

const batch = (step: Step) => (call: Call<ReceiptBatchInput>) => {
  const queue = queueAt(call);
  return inBatch(call.input.Entries, call.refusal, (entry) => {
    step(queue, entry, call.account.clock.now());
    return {};
  });
};

export const deleteMessage = single(deleteOne);
export const deleteMessageBatch = batch(deleteOne);
export const changeMessageVisibility = single(changeOne);
export const changeMessageVisibilityBatch = batch(changeOne);
