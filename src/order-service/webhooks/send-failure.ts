import { NoAllowedAddressError } from './guarded-connections';

/** Texts for the owner of the endpoint, by the code of the error. None contains an address, a name or a text of the receiver. */
const TEXTS: readonly (readonly [codes: RegExp, text: string])[] = [
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/, 'the connection was not opened in time'],
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENETDOWN|EADDRNOTAVAIL)$/, 'the host cannot be reached'],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/, 'the connection was closed before the response'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'the TLS certificate is for another host'],
  [/^CERT_HAS_EXPIRED$/, 'the TLS certificate has expired'],
  [/CERT|SIGNATURE|ISSUER|SELF_SIGNED|CHAIN/, 'the TLS certificate is not trusted'],
  [/^(EPROTO|ERR_SSL_.*|ERR_TLS_.*)$/, 'the TLS handshake failed'],
  [/^UND_ERR_HEADERS_OVERFLOW$/, 'the response headers are too large'],
  [/^(HPE_.*|HTTPParserError|UND_ERR_.*)$/, 'the response is not valid HTTP'],
];

/** Describes the failure of a request to the owner of its endpoint. */
export function failureText(error: unknown): string {
  if (error instanceof NoAllowedAddressError) return error.message;
  const { code, name } = error as { code?: unknown; name?: unknown };
  return TEXTS.find(([codes]) => codes.test(String(code ?? name)))?.[1] ?? 'the request failed';
}
