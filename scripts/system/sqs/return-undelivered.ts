import { callSqs, type SqsApp } from './sqs-app';

interface Received {
  Messages?: readonly { ReceiptHandle: string }[];
}

/**
 * If a consumer dies during a long poll, the emulator still answers its request with messages, which are then lost for the whole visibility
 * timeout. This makes such messages visible again at once.
 */
export function returnUndelivered(app: SqsApp): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    done();
    if (request.headers['x-amz-target'] !== 'AmazonSQS.ReceiveMessage' || typeof payload !== 'string') return;
    const receipts = receiptsIn(payload);
    if (receipts.length === 0) return;
    const queueUrl = (request.body as { QueueUrl: string }).QueueUrl;
    const giveBack = (): void => void makeVisible(app, queueUrl, receipts);
    if (reply.raw.destroyed || request.raw.socket.destroyed) giveBack();
    else reply.raw.once('close', () => !reply.raw.writableFinished && giveBack());
  });
}

function receiptsIn(payload: string): string[] {
  const { Messages = [] } = JSON.parse(payload) as Received;
  return Messages.map((message) => message.ReceiptHandle);
}

async function makeVisible(app: SqsApp, queueUrl: string, receipts: readonly string[]): Promise<void> {
  for (const receipt of receipts) {
    const body = { QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout: 0 };
    // Fails when the message is no longer in flight: then there is nothing to return.
    await callSqs(app, 'ChangeMessageVisibility', body).catch(() => undefined);
  }
}
