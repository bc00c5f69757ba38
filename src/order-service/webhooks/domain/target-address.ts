import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Global unicast: every other IPv6 address is special or not assigned (IANA, Internet Protocol Version 6 Address Space). */
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/** Interfaces of cloud providers with credentials or settings of the machine: never a target, even in an allowed network. */
const METADATA = [
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::/32',
  'fd20:ce::254/128',
].map((network) => ipaddr.parseCIDR(network));

/** Never the address of one other host, or an address that contains another one: an allowed network does not open them. */
const NEVER: ReadonlySet<string> = new Set([
  'unspecified',
  'broadcast',
  'multicast',
  'linkLocal',
  'discard',
  'rfc6145',
  '6to4',
  'teredo',
]);

/**
 * Whether a webhook may be sent to an address: a public unicast address, or one of an allowed network. Everything else of the registries of
 * special-purpose addresses (RFC 6890) is refused: loopback, private, shared, link-local, documentation, benchmarking and reserved
 * networks, and IPv6 addresses that stand for an IPv4 address.
 *
 * @param text four decimal numbers, or an IPv6 address without a zone; any other text is refused.
 * @param allowed networks in CIDR notation, which need not be public.
 */
export function isAllowedAddress(text: string, allowed: readonly string[]): boolean {
  const address = parseAddress(text);
  if (address === null || METADATA.some((network) => isIn(address, network))) return false;
  if (isPublic(address)) return true;
  if (NEVER.has(address.range())) return false;
  const inner = translated(address);
  return (
    allowed.some((network) => opens(ipaddr.parseCIDR(network), address)) &&
    (inner === null || isAllowedAddress(inner.toString(), allowed))
  );
}

/** This machine is opened only by a network of loopback addresses alone, not by a large one that contains them. */
function opens(network: [Address, number], address: Address): boolean {
  const isOwn = address.range() === 'loopback';
  return isIn(address, network) && (!isOwn || isLoopbackNetwork(network));
}

const isLoopbackNetwork = ([base, bits]: [Address, number]): boolean =>
  base.range() === 'loopback' && bits >= (base.kind() === 'ipv4' ? 8 : 128);

export const isLoopbackAddress = (text: string): boolean => parseAddress(text)?.range() === 'loopback';

/** The library also parses octal, hexadecimal and shortened IPv4 addresses, which systems read in different ways. */
function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return ipaddr.IPv6.isValid(text) && !text.includes('%') ? ipaddr.IPv6.parse(text) : null;
}

function isPublic(address: Address): boolean {
  const isAssigned = address.kind() === 'ipv4' || isIn(address, GLOBAL_UNICAST);
  return isAssigned && address.range() === 'unicast';
}

const isIn = (address: Address, [network, bits]: [Address, number]): boolean =>
  address.kind() === network.kind() && address.match(network, bits);

/** The IPv4 address that an IPv4-mapped address (RFC 4291 §2.5.5.2) or a NAT64 address (RFC 6052) leads to. */
function translated(address: Address): ipaddr.IPv4 | null {
  const range = address.range();
  return range === 'ipv4Mapped' || range === 'rfc6052'
    ? new ipaddr.IPv4(address.toByteArray().slice(-4))
    : null;
}
