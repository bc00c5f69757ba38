import { expect } from 'chai';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { isAllowedAddress } from '../../../src/order-service/webhooks/domain/target-address';

/** The special-purpose IPv4 networks of IANA's registry that are not globally reachable, and multicast. */
const FORBIDDEN_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '255.255.255.255/32',
  '168.63.129.16/32',
];

const FORBIDDEN_V6 = [
  '::/128',
  '::1/128',
  '::ffff:0:0/96',
  '::ffff:0:0:0/96',
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2001:2::/48',
  '2001:10::/28',
  '2001:20::/28',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fd00:ec2::254/128',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

/** Any address of a network. */
function addressIn(network: string): fc.Arbitrary<string> {
  const [base, bits] = ipaddr.parseCIDR(network);
  const bytes = base.toByteArray();
  return fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: bytes.length, maxLength: bytes.length })
    .map((random) => {
      const mixed = bytes.map((byte, index) => {
        const free = Math.min(8, Math.max(0, 8 * (index + 1) - bits));
        return byte | ((random[index] ?? 0) & ((1 << free) - 1));
      });
      return ipaddr.fromByteArray(mixed).toString();
    });
}

const forbiddenV4 = fc.oneof(...FORBIDDEN_V4.map(addressIn));

/** Notations of IPv6 that contain an IPv4 address. */
const EMBEDDINGS: readonly ((v4: readonly number[]) => string)[] = [
  (v4) => `::ffff:${v4.join('.')}`,
  (v4) => `::ffff:${hex(v4)}`,
  (v4) => `0:0:0:0:0:FFFF:${hex(v4)}`,
  (v4) => `::${hex(v4)}`,
  (v4) => `::${v4.join('.')}`,
  (v4) => `::ffff:0:${hex(v4)}`,
  (v4) => `64:ff9b::${hex(v4)}`,
  (v4) => `64:ff9b:1::${hex(v4)}`,
  (v4) => `2002:${hex(v4)}::1`,
  (v4) => `2001:0:${hex(v4)}::1`,
  (v4) => `2001:0:4136:e378:8000:63bf:${hex(v4.map((byte) => byte ^ 0xff))}`,
];

const hex = ([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string =>
  `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;

describe('the addresses of webhooks', () => {
  it('given any address of a special IPv4 or IPv6 network, then it is refused', () => {
    for (const network of [...FORBIDDEN_V4, ...FORBIDDEN_V6])
      fc.assert(
        fc.property(addressIn(network), (address) => !isAllowedAddress(address, [])),
        { numRuns: 50 },
      );
  });

  it('given any forbidden IPv4 address in any IPv6 notation, then it is refused, also when all NAT64 and mapped addresses are allowed', () => {
    fc.assert(
      fc.property(forbiddenV4, fc.constantFrom(...EMBEDDINGS), (v4, embed) => {
        const address = embed(v4.split('.').map(Number));
        expect(ipaddr.IPv6.isValid(address), address).to.equal(true);
        expect(isAllowedAddress(address, []), address).to.equal(false);
        expect(
          isAllowedAddress(address, ['64:ff9b::/96', '::ffff:0:0/96', '2002::/16', '2001::/32']),
          address,
        ).to.equal(false);
      }),
    );
  });

  it('given public addresses beside the special networks, then they are allowed', () => {
    for (const address of [
      '1.1.1.1',
      '9.255.255.255',
      '11.0.0.0',
      '100.63.255.255',
      '100.128.0.0',
      '126.255.255.255',
      '128.0.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.0.1.0',
      '192.167.255.255',
      '192.169.0.0',
      '198.17.255.255',
      '198.20.0.0',
      '223.255.255.255',
      '168.63.129.17',
      '2001:4860:4860::8888',
      '2606:4700:4700::1111',
      '2a00:1450:4001:80b::200e',
      '2003::1',
      '2001:db7:ffff::1',
      '3ffe:ffff::1',
    ])
      expect(isAllowedAddress(address, []), address).to.equal(true);
  });

  it('given text that is not an address in its usual notation, or has a zone, then it is refused', () => {
    for (const text of [
      '',
      'localhost',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '08.8.8.8',
      '8.8.8.8.',
      ' 8.8.8.8',
      '8.8.8',
      '8.8.8.8/32',
      '256.1.1.1',
      '2606:4700::1111%eth0',
      '[2606:4700::1111]',
      '2606:4700:::1',
      'fe80::1%25lo',
    ])
      expect(isAllowedAddress(text, ['0.0.0.0/0', '::/0']), text).to.equal(false);
  });

  it('given an allowed network, then its addresses are allowed, no others, and never an address of metadata or of a whole network', () => {
    const allowed = ['10.1.0.0/16', 'fd12:3456::/32', '127.0.0.2/32'];
    fc.assert(
      fc.property(
        addressIn('10.0.0.0/8'),
        (address) => isAllowedAddress(address, allowed) === address.startsWith('10.1.'),
      ),
    );
    for (const address of ['fd12:3456::9', '127.0.0.2', '8.8.8.8'])
      expect(isAllowedAddress(address, allowed), address).to.equal(true);
    for (const address of ['fd12:3457::9', '127.0.0.1', '::ffff:10.1.0.1', '192.168.0.1'])
      expect(isAllowedAddress(address, allowed), address).to.equal(false);
    const everything = ['0.0.0.0/0', '::/0'];
    for (const address of [
      '169.254.169.254',
      '169.254.170.2',
      '100.100.100.200',
      '168.63.129.16',
      '192.0.0.192',
      'fd00:ec2::254',
      'fd20:ce::254',
      'fe80::1',
      '0.0.0.0',
      '::',
      '255.255.255.255',
      '224.0.0.1',
      'ff02::1',
      '64:ff9b::a9fe:a9fe',
      '::ffff:169.254.169.254',
    ])
      expect(isAllowedAddress(address, everything), address).to.equal(false);
  });

  it('given a large allowed network, then it does not open this machine; a network of loopback addresses does', () => {
    for (const networks of [
      ['0.0.0.0/0', '::/0'],
      ['126.0.0.0/7', '::/127'],
      ['::ffff:0:0/96', '0.0.0.0/1'],
    ])
      for (const address of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1'])
        expect(isAllowedAddress(address, networks), address).to.equal(false);
    expect(isAllowedAddress('127.0.0.1', ['127.0.0.0/8'])).to.equal(true);
  });

  it('given an allowed NAT64 network, then an address leads on only to an allowed IPv4 address', () => {
    expect(isAllowedAddress('64:ff9b::808:808', ['64:ff9b::/96'])).to.equal(true);
    expect(isAllowedAddress('64:ff9b::a00:1', ['64:ff9b::/96'])).to.equal(false);
    expect(isAllowedAddress('64:ff9b::a00:1', ['64:ff9b::/96', '10.0.0.0/8'])).to.equal(true);
  });
});
