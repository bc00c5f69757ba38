import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { createSecretSealing } from '../../../src/order-service/webhooks/domain/sealed-secret';

const [ENDPOINT, OTHER] = ['01a1fc42-fc03-72fd-b531-1111a4fbee12', '01a1fc42-fc03-72fd-b531-1111a4fbee13'];
const [first, second] = [randomBytes(32), randomBytes(48)];
const sealingWith = (...keys: Buffer[]) => createSecretSealing(keys, randomBytes);

describe('sealed secrets of webhooks', () => {
  it('given any secret, then it opens to itself, and its sealed form contains neither the secret nor a part of it', () => {
    const sealing = sealingWith(first);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 24, maxLength: 64 }), (bytes) => {
        const secret = Buffer.from(bytes);
        const sealed = sealing.seal(secret, ENDPOINT);
        expect(sealing.open(sealed, ENDPOINT)).to.deep.equal(secret);
        expect(sealed.includes(secret.subarray(0, 8))).to.equal(false);
        expect(sealed.length).to.equal(secret.length + 37);
      }),
    );
  });

  it('given the same secret twice, then its sealed forms differ, because each has a nonce of its own', () => {
    const sealing = sealingWith(first);
    const forms = Array.from({ length: 50 }, () => sealing.seal(first, ENDPOINT).toString('hex'));
    expect(new Set(forms).size).to.equal(50);
  });

  it('given another endpoint, or a change of any bit, then it does not open', () => {
    const sealing = sealingWith(first);
    const sealed = sealing.seal(randomBytes(32), ENDPOINT);
    expect(() => sealing.open(sealed, OTHER)).to.throw();
    expect(sealing.open(sealed, ENDPOINT.toUpperCase())).to.have.length(32);
    for (let bit = 0; bit < sealed.length * 8; bit += 1) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => sealing.open(changed, ENDPOINT), String(bit)).to.throw();
    }
    for (const length of [0, 1, 20, 37, sealed.length - 1])
      expect(() => sealing.open(sealed.subarray(0, length), ENDPOINT), String(length)).to.throw();
  });

  it('given a new first key, then both keys open, the new one seals, and a removed key opens nothing', () => {
    const secret = randomBytes(32);
    const before = sealingWith(first).seal(secret, ENDPOINT);
    const during = sealingWith(second, first);
    expect(during.open(before, ENDPOINT)).to.deep.equal(secret);
    expect(during.formerPrefixes).to.deep.equal([before.subarray(0, 9)]);
    const after = during.seal(secret, ENDPOINT);
    expect(during.currentPrefix).to.deep.equal(after.subarray(0, 9));
    expect(sealingWith(second).open(after, ENDPOINT)).to.deep.equal(secret);
    expect(() => sealingWith(second).open(before, ENDPOINT)).to.throw('a key that is not configured');
  });

  it('given no key, then there is no sealing', () => {
    expect(() => sealingWith()).to.throw('there is no key');
  });
});
