import { type RequestHandler } from 'express';
import { type Logger } from '../observability/logger';
import { HealthWarning } from '../errors';
import { type HealthChecks } from './health-checks';

export interface ProxyDetector {
  /** Records requests that came through an untrusted proxy. */
  observe: RequestHandler;
  /** @throws HealthWarning for an hour after such a request. */
  check(): Promise<void>;
}

const FORWARDING_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip'];
const WARNING_MS = 3_600_000;

/**
 * Detects a proxy that TRUSTED_PROXIES does not name. All clients then have the address of the proxy and share the limits per address,
 * including that of wrong secrets. The log reports it once. A client that sends such a header itself looks the same, so this changes no
 * status.
 */
export function detectUntrustedProxies(logger: Logger, now: () => number = Date.now): ProxyDetector {
  let lastSeen: number | null = null;
  return {
    observe(request, _response, next) {
      const header = FORWARDING_HEADERS.find((name) => request.headers[name] !== undefined);
      if (header !== undefined && !isTrusted(request)) {
        if (lastSeen === null) {
          const peer = request.socket.remoteAddress;
          logger.warn(
            `a request with ${header} came from a peer that TRUSTED_PROXIES does not name; behind a proxy all clients share one ` +
              'address, and its limits, until TRUSTED_PROXIES names the proxy',
            { peer },
          );
        }
        lastSeen = now();
      }
      next();
    },
    check() {
      const isRecent = lastSeen !== null && now() - lastSeen < WARNING_MS;
      if (!isRecent) return Promise.resolve();
      return Promise.reject(
        new HealthWarning('requests come through a proxy that TRUSTED_PROXIES does not name: set it'),
      );
    },
  };
}

/** The proxy watch as parts of an app and of its health, in production only: elsewhere tests send such headers. */
export function productionProxyDetection(
  environment: string,
  logger: Logger,
): { appOptions: { observe?: RequestHandler }; health: HealthChecks } {
  if (environment !== 'production') return { appOptions: {}, health: {} };
  const { observe, check } = detectUntrustedProxies(logger);
  return { appOptions: { observe }, health: { proxies: { check, critical: false } } };
}

function isTrusted({ app, socket }: Parameters<RequestHandler>[0]): boolean {
  const trusts = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return trusts(socket.remoteAddress ?? '', 0);
}
