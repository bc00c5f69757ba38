import { type LookupAddress, type LookupOptions } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { isIPv6, type LookupFunction } from 'node:net';
import { Agent, buildConnector } from 'undici';
import { addressIn, isAllowedPeer, isLoopbackHost, type TargetPolicy } from './domain/target-url';

/** The host has no address that webhooks may be sent to. Its text does not say whether the name resolves, or to which address. */
export class NoAllowedAddressError extends Error {
  constructor(options?: ErrorOptions) {
    super('the host has no public address', options);
    this.name = 'NoAllowedAddressError';
  }
}

/** Returns all addresses of a name. */
export type ResolveName = (name: string) => Promise<string[]>;

export interface ConnectionOptions {
  policy: TargetPolicy;
  /** Creates the function that resolves names; for tests. */
  createResolve?: () => ResolveName;
  /** A certificate authority that is trusted instead of those of Node; for tests. */
  ca?: string;
}

const CONNECT_MS = 5_000;
/** Per address of a host with several: a new attempt begins with the next one. */
const ADDRESS_MS = 1_000;
/** The second try takes twice as long: both together are shorter than the opening of a connection may take. */
const DNS_MS = 1_000;
const DNS_TRIES = 2;
const IDLE_MS = 5_000;
const MAX_HEADER_BYTES = 16_384;

/**
 * Connections to the hosts of webhooks, each opened to an address that was checked: the check is the name resolution of the connection
 * itself, so that a second resolution with another result cannot come between. Proxies of the environment are not used.
 */
export function createGuardedAgent({
  policy,
  createResolve = createDnsResolve,
  ca,
}: ConnectionOptions): Agent {
  const open = buildConnector({
    lookup: checkedLookup(policy, createResolve()),
    timeout: CONNECT_MS,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_MS,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(ca !== undefined && { ca }),
  } as buildConnector.BuildOptions);
  return new Agent({
    connect: checkedConnector(policy, open),
    // The sender limits the requests: one client must not occupy the connections to an origin that others use too.
    connections: null,
    pipelining: 1,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MS,
    maxHeaderSize: MAX_HEADER_BYTES,
    // One limit of the sender covers the whole request.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

/** An address as host is connected to without a name resolution, and is therefore checked before. */
function checkedConnector(policy: TargetPolicy, open: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    const literal = addressIn(options.hostname);
    if (literal !== null && !isAllowedPeer(options.hostname, literal, policy))
      return callback(new NoAllowedAddressError(), null);
    open(options, (...[error, socket]) => {
      if (error) return callback(error, null);
      // Undefined: the other side has closed the connection already.
      const peer = socket.remoteAddress;
      if (peer === undefined || isAllowedPeer(options.hostname, peer, policy)) return callback(null, socket);
      socket.destroy();
      callback(new NoAllowedAddressError(), null);
    });
  };
}

function checkedLookup(policy: TargetPolicy, resolve: ResolveName): LookupFunction {
  return (hostname, options, callback) => {
    void addressesOf(hostname, policy, resolve).then(
      (addresses) => answerLookup(addresses, options, callback),
      (error: NoAllowedAddressError) => callback(error, []),
    );
  };
}

/**
 * All addresses must be allowed: a name with one forbidden address is an attack or a mistake.
 *
 * @throws NoAllowedAddressError
 */
async function addressesOf(hostname: string, policy: TargetPolicy, resolve: ResolveName): Promise<string[]> {
  const addresses = isLoopbackHost(hostname)
    ? ['127.0.0.1', '::1']
    : await resolveOrRefuse(hostname, resolve);
  const areAllowed = addresses.every((address) => isAllowedPeer(hostname, address, policy));
  if (addresses.length === 0 || !areAllowed) throw new NoAllowedAddressError();
  return addresses;
}

async function resolveOrRefuse(hostname: string, resolve: ResolveName): Promise<string[]> {
  try {
    return await resolve(hostname);
  } catch (cause) {
    throw new NoAllowedAddressError({ cause });
  }
}

function answerLookup(
  addresses: readonly string[],
  { all }: LookupOptions,
  callback: Parameters<LookupFunction>[2],
): void {
  const found = addresses.map((address): LookupAddress => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const [first] = found;
  if (all === true || !first) callback(null, found);
  else callback(null, first.address, first.family);
}

/**
 * Resolves names by DNS alone. Unlike `dns.lookup`, it does not read the file of hosts, adds no search domain, and does not occupy the
 * threads of the process, which a name server that answers slowly would block.
 *
 * @param servers name servers, as `address:port`; absent: those of the system.
 */
export function createDnsResolve(servers?: readonly string[]): ResolveName {
  const resolver = new Resolver({ timeout: DNS_MS, tries: DNS_TRIES });
  if (servers) resolver.setServers(servers);
  return async (name) => {
    const families = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    return families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
  };
}
