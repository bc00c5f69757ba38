import { once } from 'node:events';
import { createServer as createTlsServer, type Server } from 'node:https';
import { type RequestListener } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A certificate that signs itself, for `hooks.shop.example` and `*.tests.example`; its key is in this file, so nothing else trusts it. */
export const TEST_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBnTCCAUOgAwIBAgIBATAKBggqhkjOPQQDAjAlMSMwIQYDVQQDDBp3ZWJob29r
IHJlY2VpdmVycyBvZiB0ZXN0czAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAw
MDAwMFowJTEjMCEGA1UEAwwad2ViaG9vayByZWNlaXZlcnMgb2YgdGVzdHMwWTAT
BgcqhkjOPQIBBggqhkjOPQMBBwNCAASxUVMRo4S58WcCqUXU96I4ZgoyTPvBzYVV
bV3LvP8emZ1XAJOXjE0//wg9JLMxQc40KS+J1VJfYxrFQHvgGgaEo2IwYDAPBgNV
HRMBAf8EBTADAQH/MC4GA1UdEQQnMCWCEmhvb2tzLnNob3AuZXhhbXBsZYIPKi50
ZXN0cy5leGFtcGxlMB0GA1UdDgQWBBQ2YlTvFZIYvl267fUXTu/l7ShvMDAKBggq
hkjOPQQDAgNIADBFAiEAnnX01TV5puoit2/+sTrzjivhFE2T2PkkWFvEfovjB80C
IG/b4G1yODPNtcGgA9LH7DL2ft391NKmU07ms1+j6pP+
-----END CERTIFICATE-----
`;

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgo/xj9oo0h/vvsZuz
nl9oKhbLrtczVVrAjHka+WCk/MKhRANCAASxUVMRo4S58WcCqUXU96I4ZgoyTPvB
zYVVbV3LvP8emZ1XAJOXjE0//wg9JLMxQc40KS+J1VJfYxrFQHvgGgaE
-----END PRIVATE KEY-----
`;

/** An HTTPS server on a loopback address, at a port that the system chooses. */
export async function startTlsReceiver(
  address: string,
  respond: RequestListener,
): Promise<{ server: Server; port: number; stop: () => Promise<void> }> {
  const server = createTlsServer({ cert: TEST_CERTIFICATE, key: TEST_KEY }, respond);
  server.listen(0, address);
  await once(server, 'listening');
  return {
    server,
    port: (server.address() as AddressInfo).port,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
