import { callSqs, type SqsApp } from './sqs-app';

interface Received {
  Messages?: readonly { ReceiptHandle: string }[];
}

/**
 * A consumer that dies in a long poll leaves a request behind, and the emulator later answers it with a message that
 * nobody gets: it stays invisible for the whole visibility timeout. This gives such messages back at once.
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
    // Refused when the message is no longer in flight: then there is nothing to give back.
    await callSqs(app, 'ChangeMessageVisibility', body).catch(() => undefined);
  }
}
