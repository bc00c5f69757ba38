/**
 * The most that a message, and all messages of one call together, may have: 256 KiB. SQS takes 1 MiB by now, but not on queues whose
 * MaximumMessageSize was set before.
 */
export const MAX_MESSAGE_BYTES = 256 * 1_024;

/**
 * The most that the payload of an event may have as it is sent, in bytes. The rest of {@link MAX_MESSAGE_BYTES} is for the envelope around
 * it and for the attributes that a message has in the dead letters.
 */
export const MAX_PAYLOAD_BYTES = 256_000;

/** The size of a message as SQS counts it: the body and, of each attribute, name, type and value, in bytes of UTF-8. */
export function messageBytes(body: string, attributes: Readonly<Record<string, string>> = {}): number {
  const parts = Object.entries(attributes).map(([name, value]) =>
    Buffer.byteLength(`${name}${TEXT_TYPE}${value}`),
  );
  return parts.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(body));
}

/** The type of every attribute that the project sends. */
export const TEXT_TYPE = 'String';
