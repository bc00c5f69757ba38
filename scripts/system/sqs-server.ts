import { createQueues } from './sqs/create-queues';
import { returnUndelivered } from './sqs/return-undelivered';

void serve(Number(process.argv[2]), process.argv[3]);

/**
 * The local SQS as a process of its own. It listens only once every queue exists, so that whoever reaches it can use
 * it. (The start function of fauxqs itself would listen on every address.)
 */
async function serve(port: number, queuePrefix = ''): Promise<void> {
  const { buildApp } = await import('fauxqs');
  const app = buildApp({ logger: false });
  returnUndelivered(app);
  await createQueues(app, `127.0.0.1:${String(port)}`, queuePrefix);
  process.once('SIGTERM', () => void app.close());
  await app.listen({ host: '127.0.0.1', port });
}
