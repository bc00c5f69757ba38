import { type Settings } from '../settings';

/** The URL of a service for this machine, such as http://127.0.0.1:3001. */
export function serviceOrigin(
  { host, ports }: Settings,
  service: 'orderService' | 'deliveryService' = 'orderService',
): string {
  return `http://${reachableHost(host)}:${String(ports[service])}`;
}

/** A service that listens on every address is reached through the loopback address. */
export function reachableHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
