import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import { type Request } from 'express';
import fc from 'fast-check';
import { idempotentRequest, requestFingerprint } from '../../../src/shared/idempotency/idempotency-key';

const ORDER = {
  customer_id: 'ada',
  currency: 'USD',
  items: [{ product_id: 'lamp', quantity: 2, unit_price: 19.99 }],
  metadata: {},
};

const json = fc.jsonValue({ maxDepth: 3 });

/** The same data with the members of every object in reverse order. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, turned(member)]),
  );
}

describe('the fingerprint of a request', () => {
  it('given requests that earlier versions recorded, then their fingerprints have not changed', () => {
    const fingerprints = [
      requestFingerprint('POST /orders', ORDER),
      requestFingerprint('POST /clients', {
        client_id: 'lamp-shop',
        name: 'Lamp shop é',
        scopes: ['order:read', 'order:create'],
      }),
      requestFingerprint('POST /clients', { scopes: [], name: null }),
    ];
    expect(fingerprints).to.deep.equal([
      '27cc59afbf746b7918ba627464fb5e255c6831a9e227edc58d89a331b0e6a9ee',
      '33e7409dcd44b87b627dbbe91a8137fac09de2168d63a136471e3d920930f429',
      'c1457cf9e8cb21c04c05b4426af26d7c24205caa4d8a27fd6e52d98987878f3b',
    ]);
  });

  it('given any body, then the order of its members does not count', () => {
    fc.assert(
      fc.property(json, fc.dictionary(fc.string(), fc.string()), (body, params) => {
        const fingerprint = requestFingerprint('POST /a', body, params);
        expect(requestFingerprint('POST /a', turned(body), turned(params) as object)).to.equal(fingerprint);
      }),
    );
  });

  it('given two requests, then they have one fingerprint exactly if route, parameters and body are equal', () => {
    const request = fc.record({
      route: fc.constantFrom('POST /a', 'PUT /a', 'POST /a/{id}'),
      params: fc.constantFrom({}, { id: '1' }, { id: '2' }),
      body: fc.oneof(json, fc.constantFrom({}, { id: '1' }, [{ id: '1' }])),
    });
    fc.assert(
      fc.property(request, request, (one, other) => {
        const [first, second] = [one, other].map(({ route, body, params }) =>
          requestFingerprint(route, body, params),
        );
        const parsed = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
        expect(first === second).to.equal(isDeepStrictEqual(parsed(one), parsed(other)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the identity of an idempotent request', () => {
  const OPERATION = { method: 'post', path: '/clients/{client_id}/rotate-secret' };
  const requestOf = (key: string | undefined, body: unknown, params: object = { client_id: 'a' }) =>
    idempotentRequest({ get: () => key, body, params } as unknown as Request, OPERATION, 'manager');

  it('given no key, then there is none', () => {
    expect(requestOf(undefined, {})).to.equal(null);
  });

  it('given a key, then it names the caller, the path template and the key, in either form of the header', () => {
    const request = requestOf('k-1', {});
    expect(request).to.deep.include({
      clientId: 'manager',
      route: 'POST /clients/{client_id}/rotate-secret',
      key: 'k-1',
    });
    expect(requestOf('"k-1"', {})).to.deep.equal(request);
  });

  it('given no body, then it is the same request as {}; given another path parameter, then it is another request', () => {
    const { fingerprint } = requestOf('k', {})!;
    expect(requestOf('k', undefined)!.fingerprint).to.equal(fingerprint);
    expect(requestOf('k', null)!.fingerprint).not.to.equal(fingerprint);
    expect(requestOf('k', {}, { client_id: 'b' })!.fingerprint).not.to.equal(fingerprint);
  });
});
