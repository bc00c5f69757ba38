import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { SQSClient } from '@aws-sdk/client-sqs';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { setLibraryVariable } from '../config/read-env';

export interface SqsClientOptions {
  region: string;
  /** An emulator's address; without it the SDK finds AWS. */
  endpoint?: string | undefined;
  /** How long an answer may take, in milliseconds; for a polling client longer than the long poll. */
  requestTimeoutMs: number;
  /** How often a call is made at most, when it fails for a reason that may pass; 2 by default. */
  attempts?: number;
}

/** An SQS client whose calls end in time and whose connections are kept. Give pollers a client of their own. */
export function createSqsClient(options: SqsClientOptions): SQSClient {
  // The lock file pins a release that runs on Node 20; the SDK would announce at each start that later ones do not.
  setLibraryVariable('AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED', 'true');
  const agent = { keepAlive: true, maxSockets: 64 };
  const client = new SQSClient({
    region: options.region,
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    maxAttempts: options.attempts ?? 2,
    cacheMiddleware: true,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1_000,
      requestTimeout: options.requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: new HttpAgent(agent),
      httpsAgent: new HttpsAgent(agent),
    }),
  });
  // A quarter of what a call costs: log entries for a logger that is not there, and a check that only matters on Lambda.
  for (const name of ['loggerMiddleware', 'recursionDetectionMiddleware'])
    client.middlewareStack.remove(name);
  return client;
}
