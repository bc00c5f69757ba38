import { isAllowedAddress, isLoopbackAddress } from './target-address';

/** Where the operator allows webhooks to be sent. */
export interface TargetPolicy {
  ports: readonly number[];
  /** In CIDR notation: networks that need not be public. */
  networks: readonly string[];
  /** Allows this machine, by its names and loopback addresses, with http or https and at any port. */
  loopback: boolean;
}

export type TargetCheck = { url: URL } | { fault: string };

export const MAX_URL_LENGTH = 2_048;

const MAX_HOST_LENGTH = 253;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'https:': 443, 'http:': 80 };

/** Names that the public DNS does not have: RFC 6761, RFC 6762 with its appendix G, RFC 8375, and ICANN's private-use name. */
const PRIVATE_NAME =
  /(^|\.)(localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa|invalid|onion)$/;
const DOMAIN_NAME = /^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Checks the URL of a webhook without resolving its name: every address that the name resolves to is checked again when a connection is
 * opened. The host is compared in the form to which the URL standard (WHATWG) normalises it, so that `0x7f.1`, `127。0。0。1` and
 * `2130706433` are the address 127.0.0.1.
 *
 * @returns the URL, or the reason for its refusal.
 */
export function checkTargetUrl(text: string, policy: TargetPolicy): TargetCheck {
  const fault = textFault(text);
  if (fault !== null) return { fault };
  if (!URL.canParse(text)) return { fault: 'must be a URL with a valid host' };
  const url = new URL(text);
  if (url.href.length > MAX_URL_LENGTH) return { fault: tooLong };
  const refused = urlFault(url, policy);
  return refused === null ? { url } : { fault: refused };
}

const tooLong = `must have at most ${String(MAX_URL_LENGTH)} characters`;

/** Faults that a parser repairs or ignores: parsers differ in what they make of such a text. */
function textFault(text: string): string | null {
  if (text.length > MAX_URL_LENGTH) return tooLong;
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u0020\u007f\\]/.test(text))
    return 'must not contain spaces, control characters or backslashes';
  if (!/^https?:\/\/[^/?#]/i.test(text)) return 'must begin with https:// and a host';
  if (text.includes('#')) return 'must not contain a fragment';
  if (/^https?:\/\/[^/?#]*@/i.test(text)) return 'must not contain a user name or password';
  return null;
}

function urlFault(url: URL, { ports, networks, loopback }: TargetPolicy): string | null {
  if (loopback && isLoopbackHost(url.hostname)) return null;
  if (url.protocol !== 'https:') return 'must begin with https://';
  if (!ports.includes(portOf(url))) return `must use one of the ports ${ports.join(', ')}`;
  return hostFault(url.hostname, networks);
}

const portOf = ({ port, protocol }: URL): number =>
  port === '' ? (DEFAULT_PORTS[protocol] ?? 0) : Number(port);

function hostFault(hostname: string, networks: readonly string[]): string | null {
  const literal = addressIn(hostname);
  if (literal !== null) return isAllowedAddress(literal, networks) ? null : NOT_PUBLIC;
  if (isLoopbackHost(hostname)) return NOT_PUBLIC;
  // An operator who allows a private network may have names of that network; their addresses are checked like all others.
  if (networks.length > 0) return null;
  if (PRIVATE_NAME.test(hostname)) return NOT_PUBLIC;
  const isName = hostname.length <= MAX_HOST_LENGTH && DOMAIN_NAME.test(hostname);
  return isName ? null : 'must have a host with a full domain name, without a dot at its end';
}

const NOT_PUBLIC = 'must have a public host';

/** The address that a normalised host is, with or without the brackets of IPv6; null for a name. */
export function addressIn(hostname: string): string | null {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  return hostname.includes(':') || /^\d+(\.\d+){3}$/.test(hostname) ? hostname : null;
}

/** `localhost`, a name below it (RFC 6761 §6.3), or a loopback address. */
export const isLoopbackHost = (hostname: string): boolean =>
  /(^|\.)localhost\.?$/.test(hostname) || isLoopbackAddress(addressIn(hostname) ?? '');

/** Whether a connection for a host may be opened to an address. */
export function isAllowedPeer(
  hostname: string,
  address: string,
  { networks, loopback }: TargetPolicy,
): boolean {
  return loopback && isLoopbackHost(hostname)
    ? isLoopbackAddress(address)
    : isAllowedAddress(address, networks);
}
