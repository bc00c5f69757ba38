import type { buildApp } from 'fauxqs' with { 'resolution-mode': 'import' };

/** The SQS emulator: a Fastify application. */
export type SqsApp = Awaited<ReturnType<typeof buildApp>>;

/** Calls an action of the SQS API without a socket. */
export async function callSqs(app: SqsApp, action: string, body: object, host?: string): Promise<unknown> {
  const answer = await app.inject({
    method: 'POST',
    url: '/',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${action}`,
      ...(host === undefined ? {} : { host }),
    },
    payload: JSON.stringify(body),
  });
  if (answer.statusCode !== 200) throw new Error(`${action}: ${answer.body}`);
  return answer.json();
}
