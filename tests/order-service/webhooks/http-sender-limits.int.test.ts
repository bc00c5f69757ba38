import { setMaxListeners } from 'node:events';
import { expect } from 'chai';
import {
  createWebhookSender,
  type SendOutcome,
  type WebhookRequest,
  type WebhookSender,
  type WebhookSenderOptions,
} from '../../../src/order-service/webhooks/http-sender';
import { startTlsReceiver, TEST_CERTIFICATE } from '../../support/tls-receiver';

describe('the limits of the sender of webhooks', () => {
  const endings: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  /** Answers at the path `/good` alone. */
  async function receiver(): Promise<{ port: number }> {
    const started = await startTlsReceiver('127.0.0.1', (request, response) => {
      if (request.url === '/good') response.end();
    });
    endings.push(() => started.stop());
    return started;
  }

  function senderTo(port: number, options: Partial<WebhookSenderOptions>): WebhookSender {
    const sender = createWebhookSender({
      policy: { ports: [port], networks: ['127.0.0.1/32'], loopback: false },
      createResolve: () => () => Promise.resolve(['127.0.0.1']),
      ca: TEST_CERTIFICATE,
      ...options,
    });
    endings.push(() => sender.close());
    return sender;
  }

  const sendTo = (
    sender: WebhookSender,
    port: number,
    path: string,
    options: Partial<WebhookRequest> = {},
  ): Promise<SendOutcome> =>
    sender.send({
      url: `https://hooks.shop.example:${String(port)}${path}`,
      headers: {},
      body: '{}',
      signal: new AbortController().signal,
      ...options,
    });

  it('given many requests to a receiver that does not answer, then as many are sent as may be, and the others say that they were not', async () => {
    const { port } = await receiver();
    const sender = senderTo(port, { timeLimitMs: 2_000, maxInProgress: 80 });
    const ended = await Promise.all(
      Array.from({ length: 90 }, () => sendTo(sender, port, '/', { maxWaitMs: 100 })),
    );
    const texts = ended.map((one) => (one.kind === 'failed' ? one.error : one.kind));
    expect(texts.filter((text) => text === 'no response in time')).to.have.length(80);
    expect(texts.filter((text) => text === 'unsent')).to.have.length(10);
  });

  it('given requests that occupy the sender, then the time limit of a further one begins when it is sent', async () => {
    const { port } = await receiver();
    const sender = senderTo(port, { timeLimitMs: 1_500, maxInProgress: 1 });
    const slow = [1, 2].map(() => sendTo(sender, port, '/'));
    const good = await sendTo(sender, port, '/good');
    expect(good).to.include({ kind: 'answered', status: 200 });
    for (const one of await Promise.all(slow)) expect(one).to.include({ error: 'no response in time' });
  });

  it('given requests of a client that hang, then those of another client to the same origin are sent', async () => {
    const { port } = await receiver();
    const sender = senderTo(port, { timeLimitMs: 10_000 });
    const stop = new AbortController();
    setMaxListeners(0, stop.signal);
    const hanging = Array.from({ length: 70 }, () => sendTo(sender, port, '/', { signal: stop.signal }));
    const good = await sendTo(sender, port, '/good');
    expect(good).to.include({ kind: 'answered', status: 200 });
    stop.abort();
    await Promise.all(hanging);
  });
});
