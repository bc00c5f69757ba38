import { MAX_RECEIVE_COUNT, queueTopology } from '../../../src/shared/queue/queue-topology';
import { callSqs, type SqsApp } from './sqs-app';

const ARN_PREFIX = 'arn:aws:sqs:us-east-1:000000000000:';

/**
 * Creates the queues of the topology by in-process calls, before the server listens.
 * @param host host and port for clients; part of the queue URLs
 */
export async function createQueues(app: SqsApp, host: string, prefix: string): Promise<void> {
  for (const { name, attributes, deadLetterQueue } of queueTopology(prefix)) {
    const redrive = deadLetterQueue === null ? {} : { RedrivePolicy: redriveTo(deadLetterQueue) };
    await callSqs(app, 'CreateQueue', { QueueName: name, Attributes: { ...attributes, ...redrive } }, host);
  }
}

function redriveTo(deadLetterQueue: string): string {
  return JSON.stringify({
    deadLetterTargetArn: `${ARN_PREFIX}${deadLetterQueue}`,
    maxReceiveCount: MAX_RECEIVE_COUNT,
  });
}
