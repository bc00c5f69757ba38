import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Finds a queue's URL by its name. */
export type ResolveQueueUrl = (name: string) => Promise<string>;

/**
 * Asks SQS once per queue (its name behind the installation's prefix) and remembers the answer: emulators build URLs differently, so they are never put together here. A
 * failed look-up is not remembered.
 */
export function queueUrls(client: SQSClient, prefix = ''): ResolveQueueUrl {
  const known = new Map<string, Promise<string>>();
  return (name) => {
    const url = known.get(name) ?? lookUp(client, prefix + name);
    known.set(name, url);
    url.catch(() => known.delete(name));
    return url;
  };
}

async function lookUp(client: SQSClient, name: string): Promise<string> {
  const { QueueUrl } = await client.send(new GetQueueUrlCommand({ QueueName: name }));
  if (!QueueUrl) throw new Error(`queue ${name} has no URL`);
  return QueueUrl;
}
