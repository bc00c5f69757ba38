import { type RequestHandler } from 'express';
import { type Logger } from '../observability/logger';
import { HealthWarning } from '../errors';
import { type HealthChecks } from './health-checks';

export interface ProxyWatch {
  /** Notes requests that came through a proxy which is not trusted. */
  notice: RequestHandler;
  /** @throws HealthWarning for an hour after such a request. */
  check(): Promise<void>;
}

const FORWARDING_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip'];
const REMEMBERED_MS = 3_600_000;

/**
 * Notices that the service stands behind a proxy that TRUSTED_PROXIES does not name: then all clients have the address of the proxy, and
 * the limits per address, of wrong secrets too, are those of all clients together. The log says so once; a client that sends such a header
 * by itself looks the same, so this changes no status.
 */
export function watchProxies(logger: Logger, now: () => number = Date.now): ProxyWatch {
  let lastSeen: number | null = null;
  return {
    notice(request, _response, next) {
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
      const isRecent = lastSeen !== null && now() - lastSeen < REMEMBERED_MS;
      if (!isRecent) return Promise.resolve();
      return Promise.reject(
        new HealthWarning('requests come through a proxy that TRUSTED_PROXIES does not name: set it'),
      );
    },
  };
}

/** The watch as parts of an app and of its health, in production only: elsewhere such headers are sent by tests. */
export function productionProxyWatch(
  environment: string,
  logger: Logger,
): { frame: { notice?: RequestHandler }; health: HealthChecks } {
  if (environment !== 'production') return { frame: {}, health: {} };
  const { notice, check } = watchProxies(logger);
  return { frame: { notice }, health: { proxies: { check, critical: false } } };
}

function isTrusted({ app, socket }: Parameters<RequestHandler>[0]): boolean {
  const trusts = app.get('trust proxy fn') as (address: string, hop: number) => boolean;
  return trusts(socket.remoteAddress ?? '', 0);
}
