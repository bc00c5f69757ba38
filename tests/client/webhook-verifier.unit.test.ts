import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook, WebhookVerificationError } from '../../client/webhook-verifier';
import { secretText, signedHeaders } from '../../src/order-service/webhooks/domain/signature';
import { EXAMPLE_PUBLIC_EVENT } from '../../src/shared/contracts/public-event-examples';

const key = randomBytes(32);
const secret = secretText(key);
const body = JSON.stringify(EXAMPLE_PUBLIC_EVENT);
const signed = (ageSeconds = 0, secrets = [key]) =>
  signedHeaders({
    id: EXAMPLE_PUBLIC_EVENT.id,
    timestamp: new Date(Date.now() - ageSeconds * 1_000),
    body,
    secrets,
  });

async function faultOf(verification: Promise<unknown>): Promise<string | null> {
  try {
    await verification;
    return null;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return error.message;
    throw error;
  }
}

describe('the verifier of webhooks', () => {
  it('given a request of the sender, then its event is returned, whatever form the headers and the body have', async () => {
    const headers = signed();
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
    );
    for (const given of [headers, upper, new Headers(headers), { ...headers, host: ['a', 'b'] }])
      for (const text of [body, Buffer.from(body), new TextEncoder().encode(body)])
        expect(await verifyWebhook({ headers: given, body: text, secrets: secret })).to.deep.equal(
          EXAMPLE_PUBLIC_EVENT,
        );
  });

  it('given any body that the published library has signed, then it is accepted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.uint8Array({ minLength: 24, maxLength: 64 }), async (text, bytes) => {
        const own = secretText(Buffer.from(bytes));
        const now = new Date();
        const headers = {
          'webhook-id': 'msg_1',
          'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
          'webhook-signature': new Webhook(own).sign('msg_1', now, text),
        };
        expect(await verifyWebhook({ headers, body: text, secrets: own })).to.deep.equal(JSON.parse(text));
      }),
      { numRuns: 50 },
    );
  });

  it('given a rotation, then one known secret is enough, on either side', async () => {
    const next = randomBytes(32);
    const both = signed(0, [next, key]);
    for (const secrets of [
      secret,
      secretText(next),
      [secret, secretText(next)],
      [secretText(randomBytes(32)), secret],
    ])
      expect(await faultOf(verifyWebhook({ headers: both, body, secrets }))).to.equal(null);
    const onlyNew = signed(0, [next]);
    expect(await faultOf(verifyWebhook({ headers: onlyNew, body, secrets: secret }))).to.equal(
      'no signature is valid',
    );
    expect(
      await faultOf(verifyWebhook({ headers: onlyNew, body, secrets: [secret, secretText(next)] })),
    ).to.equal(null);
  });

  it('given an altered body, id, time or signature, or another secret, then it is refused', async () => {
    const headers = signed();
    const signature = headers['webhook-signature'];
    const withSignature = (value: string) => ({ ...headers, 'webhook-signature': value });
    const altered: [headers: Record<string, string>, text: string, secrets?: string][] = [
      [headers, body.replace('lamp', 'lanp')],
      [headers, JSON.stringify(JSON.parse(body), null, 1)],
      [{ ...headers, 'webhook-id': EXAMPLE_PUBLIC_EVENT.order_id }, body],
      [{ ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }, body],
      [headers, body, secretText(randomBytes(32))],
      ...[
        'v1',
        'v1,',
        'v1,AAAA',
        'v1,%',
        signature.slice(3),
        signature.replace('v1,', 'v1a,'),
        signature.replace('v1,', 'v2,'),
        signature.slice(0, -4),
      ].map((value): [Record<string, string>, string] => [withSignature(value), body]),
      [withSignature(`v1,${createHmac('sha256', key).update(body).digest('base64')}`), body],
    ];
    for (const [given, text, secrets = secret] of altered)
      expect(
        await faultOf(verifyWebhook({ headers: given, body: text, secrets })),
        JSON.stringify(given),
      ).to.equal('no signature is valid');
    expect(
      await faultOf(
        verifyWebhook({ headers: withSignature(`v2,x v1,AAAA ${signature}`), body, secrets: secret }),
      ),
    ).to.equal(null);
  });

  it('given a missing header, then it is refused', async () => {
    for (const name of Object.keys(signed())) {
      const headers = { ...signed(), [name]: undefined };
      expect(await faultOf(verifyWebhook({ headers, body, secrets: secret })), name).to.equal(
        'a webhook header is missing',
      );
    }
  });

  it('given a time that differs by more than the tolerance, or is not a time, then it is refused', async () => {
    for (const age of [310, -310])
      expect(await faultOf(verifyWebhook({ headers: signed(age), body, secrets: secret }))).to.contain(
        'too old or too new',
      );
    expect(await faultOf(verifyWebhook({ headers: signed(200), body, secrets: secret }))).to.equal(null);
    expect(
      await faultOf(verifyWebhook({ headers: signed(200), body, secrets: secret, toleranceSeconds: 100 })),
    ).to.contain('too old');
    for (const timestamp of ['now', '-1', '1e9', ' 1', '1.5', '0x5f5e1000', '9'.repeat(16)])
      expect(
        await faultOf(
          verifyWebhook({ headers: { ...signed(), 'webhook-timestamp': timestamp }, body, secrets: secret }),
        ),
        timestamp,
      ).to.equal('the timestamp is malformed');
  });

  it("given a secret that is not one, then the mistake is the receiver's", async () => {
    for (const secrets of ['', 'whsec_', 'whsec_%%%']) {
      const error: unknown = await verifyWebhook({ headers: signed(), body, secrets }).catch(
        (thrown: unknown) => thrown,
      );
      expect(error, secrets).to.be.an('error').and.not.an.instanceOf(WebhookVerificationError);
    }
  });
});
