import { CreateQueueCommand, GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { MAX_RECEIVE_COUNT, queueTopology, type QueueDefinition } from './queue-topology';

/**
 * Creates every queue of the topology that is missing. Queues that exist with the same settings are left alone; SQS answers
 * `QueueNameExists` when they exist with others.
 */
export async function ensureQueues(client: SQSClient, prefix = ''): Promise<void> {
  const arns = new Map<string, string>();
  for (const queue of queueTopology(prefix)) arns.set(queue.name, await createQueue(client, queue, arns));
}

async function createQueue(
  client: SQSClient,
  queue: QueueDefinition,
  arns: Map<string, string>,
): Promise<string> {
  const redrive = queue.deadLetterQueue !== null && {
    RedrivePolicy: JSON.stringify({
      deadLetterTargetArn: arns.get(queue.deadLetterQueue),
      maxReceiveCount: MAX_RECEIVE_COUNT,
    }),
  };
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: queue.name, Attributes: { ...queue.attributes, ...redrive } }),
  );
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  return Attributes?.['QueueArn'] ?? '';
}
