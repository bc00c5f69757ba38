import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { returnUndelivered } from './sqs/return-undelivered';

void serve(Number(process.argv[2]));

/**
 * The local SQS as a process of its own. It listens only once every queue exists, so that whoever reaches it can use
 * it. (The start function of fauxqs itself would listen on every address.)
 */
async function serve(port: number): Promise<void> {
  const { buildApp } = await import('fauxqs');
  const app = buildApp({ logger: false });
  returnUndelivered(app);
  if (existsSync(join(__dirname, '../../src/shared/queue/queue-topology.ts'))) {
    const { createQueues } = require('./sqs/create-queues') as typeof import('./sqs/create-queues');
    await createQueues(app, `127.0.0.1:${String(port)}`);
  }
  process.once('SIGTERM', () => void app.close());
  await app.listen({ host: '127.0.0.1', port });
}
