import { type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { SqsError } from './sqs-error';

/** AWS JSON 1.0: the action is in a header, input and output are JSON bodies. */
const CONTENT_TYPE = 'application/x-amz-json-1.0';

export async function readRequest(request: IncomingMessage): Promise<{ action: string; input: object }> {
  const target = String(request.headers['x-amz-target'] ?? '');
  const isJson = request.headers['content-type'] === CONTENT_TYPE;
  const input: unknown = JSON.parse((await text(request)) || '{}');
  if (!target.startsWith('AmazonSQS.') || !isJson || typeof input !== 'object' || input === null)
    throw new SqsError('UnknownOperationException', '');
  return { action: target.slice('AmazonSQS.'.length), input };
}

export function writeAnswer(response: ServerResponse, answer: object): void {
  write(response, 200, {}, answer);
}

/** The code of the older query protocol is sent in a header, which some clients use to identify errors. */
export function writeError(response: ServerResponse, error: SqsError): void {
  const fault = error.senderFault ? 'Sender' : 'Receiver';
  write(
    response,
    error.status,
    { 'x-amzn-query-error': `${error.queryCode};${fault}` },
    { __type: `com.amazonaws.sqs#${error.name}`, message: error.message },
  );
}

function write(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  body: object,
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': CONTENT_TYPE,
    'x-amzn-requestid': crypto.randomUUID(),
  });
  response.end(JSON.stringify(body));
}
