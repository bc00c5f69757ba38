import { type Duplex } from 'node:stream';
import { randomUUID } from 'node:crypto';
import {
  HEADERS_TOO_LARGE,
  MALFORMED_REQUEST,
  type Problem,
  PROBLEM_CONTENT_TYPE,
  type ProblemType,
  REQUEST_TIMEOUT,
} from '../contracts/problem';
import { ERROR_DOCS_PATH } from './error-handler';

/** The codes of Node's HTTP parser that do not mean a malformed request. */
const TYPES: Readonly<Record<string, ProblemType>> = {
  HPE_HEADER_OVERFLOW: HEADERS_TOO_LARGE,
  ERR_HTTP_REQUEST_TIMEOUT: REQUEST_TIMEOUT,
};

/** How long the client has to read the answer and close the connection, in milliseconds. */
const LINGER_MS = 1_000;

/**
 * Answers a request that could not be read: it was too large, too slow, or not HTTP. Then closes the connection, whether or not the
 * client does.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = problemOf(TYPES[error.code ?? ''] ?? MALFORMED_REQUEST);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `Content-Type: ${PROBLEM_CONTENT_TYPE}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Correlation-Id: ${problem.correlation_id}`,
    'Connection: close',
    'Vary: Origin',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function problemOf({ status, title, code, detail }: ProblemType): Problem {
  return {
    type: `${ERROR_DOCS_PATH}#${code}`,
    title,
    status,
    detail,
    // The path is unknown, because the request could not be read.
    instance: '',
    code,
    correlation_id: randomUUID(),
  };
}
