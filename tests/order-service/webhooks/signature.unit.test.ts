import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import {
  SECRET_BYTES,
  secretText,
  signedHeaders,
} from '../../../src/order-service/webhooks/domain/signature';

const secrets = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => Buffer.from(bytes));
/** Lone surrogates have no UTF-8 form; JSON.stringify writes them as escapes, so no body contains one. */
const bodies = fc.json().map((text) => text.replaceAll(/\p{Surrogate}/gu, ''));
const ID = '01a1fc42-fc03-72fd-b531-1111a4fbee12';

describe('the signature of webhooks', () => {
  it('given the example of the specification, then the signature is that of the specification', () => {
    const secret = Buffer.from('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'base64');
    const headers = signedHeaders({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestamp: new Date(1_614_265_330_999),
      body: '{"test": 2432232314}',
      secrets: [secret],
    });
    expect(headers).to.deep.equal({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('given any body and secrets, then the published verifier accepts it with each of the secrets, and with no other', () => {
    fc.assert(
      fc.property(bodies, secrets, secrets, secrets, (body, current, previous, other) => {
        fc.pre(!other.equals(current) && !other.equals(previous));
        const headers = signedHeaders({ id: ID, timestamp: new Date(), body, secrets: [current, previous] });
        for (const secret of [current, previous])
          expect(new Webhook(secretText(secret)).verify(body, headers)).to.deep.equal(JSON.parse(body));
        expect(() => new Webhook(secretText(other)).verify(body, headers)).to.throw('No matching signature');
      }),
    );
  });

  it('given an altered body, id, time or signature, then the published verifier refuses it', () => {
    const secret = randomBytes(SECRET_BYTES);
    const verifier = new Webhook(secretText(secret));
    const body = '{"type":"order.shipped"}';
    const headers = signedHeaders({ id: ID, timestamp: new Date(), body, secrets: [secret] });
    verifier.verify(body, headers);
    const altered: [string, typeof headers][] = [
      [`${body} `, headers],
      [body, { ...headers, 'webhook-id': ID.replace('0', '1') }],
      [body, { ...headers, 'webhook-timestamp': String(Number(headers['webhook-timestamp']) + 1) }],
      [body, { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') }],
      [
        body,
        {
          ...headers,
          'webhook-signature': `v1,${createHmac('sha256', secret).update(body).digest('base64')}`,
        },
      ],
      [body, signedHeaders({ id: ID, timestamp: new Date(Date.now() - 301_000), body, secrets: [secret] })],
    ];
    for (const [text, changed] of altered) expect(() => verifier.verify(text, changed)).to.throw();
  });

  it('given a secret, then its text has the prefix and the length that the standard demands', () => {
    expect(secretText(randomBytes(SECRET_BYTES))).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });
});
