import { createQueues } from './sqs/create-queues';
import { returnUndelivered } from './sqs/return-undelivered';

void serve(Number(process.argv[2]), process.argv[3]);

/**
 * The local SQS as a separate process. It listens only after every queue exists, so that clients never see a missing queue. (The start
 * function of fauxqs itself listens on every address.)
 */
async function serve(port: number, queuePrefix = ''): Promise<void> {
  const { buildApp } = await import('fauxqs');
  const app = buildApp({ logger: false });
  returnUndelivered(app);
  await createQueues(app, `127.0.0.1:${String(port)}`, queuePrefix);
  process.once('SIGTERM', () => void app.close());
  await app.listen({ host: '127.0.0.1', port });
}
