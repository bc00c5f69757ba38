import { createServer } from 'node:https';
import { type AddressInfo } from 'node:net';

/** A certificate that signs itself, for 127.0.0.1; its key is in this file, so only the services of the benchmark trust it. */
export const RECEIVER_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBvzCCAWagAwIBAgIUfWYrRp64tqQAcmL6W/EF2bOPu5swCgYIKoZIzj0EAwIw
LDEqMCgGA1UEAwwhd2ViaG9vayByZWNlaXZlciBvZiB0aGUgYmVuY2htYXJrMCAX
DTI2MTEyNjIzMTkyM1oYDzIxMTkxMjI5MjMxOTIzWjAsMSowKAYDVQQDDCF3ZWJo
b29rIHJlY2VpdmVyIG9mIHRoZSBiZW5jaG1hcmswWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAASSEB/v87E0Cn0+mP2HfbKSH7Y0Uk2STYnxrlKfquJtQhrASJIZHP1O
wsL/um4MTLQbjuQMWAH154oFYJguB/i5o2QwYjAdBgNVHQ4EFgQUgzzdKtBWN2dD
WNtQsB8lWx6USLAwHwYDVR0jBBgwFoAUgzzdKtBWN2dDWNtQsB8lWx6USLAwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IG4qodVPSLnxvLiCrK4PfjdQzuB1k0W1DGxZ8fzAuadxAiBPbN1PJzHw/2ixGcEz
9ncZgJ1EeWHluTfrNEc02V4cqA==
-----END CERTIFICATE-----
`;

const RECEIVER_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggeh18iG5C6smD8NC
PrdatJR8x6j0hJ/F57Pm15WQTfuhRANCAASSEB/v87E0Cn0+mP2HfbKSH7Y0Uk2S
TYnxrlKfquJtQhrASJIZHP1OwsL/um4MTLQbjuQMWAH154oFYJguB/i5
-----END PRIVATE KEY-----
`;

/** The paths of the endpoints of the receiver. */
export const RECEIVER_PATHS = { healthy: '/healthy', failing: '/failing', hanging: '/hanging' } as const;

/** The first request with each event at the healthy endpoint: event id and time of arrival, in milliseconds since 1970. */
export type Arrivals = [id: string, at: number][];

/** The server of a customer: one endpoint that answers at once, one that answers 500, and one that never answers. */
function receive(): void {
  const arrivals = new Map<string, number>();
  const server = createServer({ cert: RECEIVER_CERTIFICATE, key: RECEIVER_KEY }, (request, response) => {
    const at = performance.timeOrigin + performance.now();
    const id = String(request.headers['webhook-id']);
    request.resume();
    request.on('end', () => {
      if (request.url === RECEIVER_PATHS.hanging) return;
      if (request.url === RECEIVER_PATHS.healthy && !arrivals.has(id)) arrivals.set(id, at);
      response.writeHead(request.url === RECEIVER_PATHS.failing ? 500 : 200).end();
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
  process.on('message', (message) => {
    if (message === 'count') process.send?.(arrivals.size);
    else process.send?.([...arrivals] satisfies Arrivals);
  });
  process.on('disconnect', () => process.exit());
}

if (process.send) receive();
