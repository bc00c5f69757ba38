import { type Call } from './call';
import { createQueue, getQueueAttributes, getQueueUrl, purgeQueue } from './queue-actions';
import {
  changeMessageVisibility,
  changeMessageVisibilityBatch,
  deleteMessage,
  deleteMessageBatch,
} from './receipt-actions';
import { receiveMessage } from './receive-action';
import { sendMessage, sendMessageBatch } from './send-actions';

/** The simulated actions of SQS; any other action gets the answer of SQS for unknown actions. */
const ACTIONS = {
  CreateQueue: createQueue,
  GetQueueUrl: getQueueUrl,
  GetQueueAttributes: getQueueAttributes,
  PurgeQueue: purgeQueue,
  SendMessage: sendMessage,
  SendMessageBatch: sendMessageBatch,
  ReceiveMessage: receiveMessage,
  DeleteMessage: deleteMessage,
  DeleteMessageBatch: deleteMessageBatch,
  ChangeMessageVisibility: changeMessageVisibility,
  ChangeMessageVisibilityBatch: changeMessageVisibilityBatch,
};

export type ActionName = keyof typeof ACTIONS;

export const isAction = (name: string): name is ActionName => Object.hasOwn(ACTIONS, name);

export async function carryOut(action: ActionName, call: Call<object>): Promise<object> {
  return (ACTIONS[action] as (call: Call<object>) => object | Promise<object>)(call);
}
