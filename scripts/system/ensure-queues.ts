import { ensureQueues } from '../../src/shared/queue/create-queues';
import { createSqsClient } from '../../src/shared/queue/sqs-client';
import { readQueueSettings } from './settings';

void main();

/** Creates missing queues, as a separate process because the AWS SDK is slow to load and seldom needed. */
async function main(): Promise<void> {
  const { endpoint, region, prefix } = readQueueSettings();
  const client = createSqsClient({ endpoint, region, requestTimeoutMs: 5000 });
  await ensureQueues(client, prefix);
  client.destroy();
}
