import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** The number of messages of a queue in each state. SQS' counts lag by moments. */
export interface QueueCounts {
  /** Messages that wait to be received, or behind a message of their group that is in flight. */
  depth: number;
  inFlight: number;
  delayed: number;
}

export async function queueCounts(client: SQSClient, QueueUrl: string): Promise<QueueCounts> {
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
      ],
    }),
  );
  return {
    depth: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
    inFlight: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
    delayed: Number(Attributes['ApproximateNumberOfMessagesDelayed'] ?? 0),
  };
}
