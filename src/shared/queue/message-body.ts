import { inexactNumber } from '../contracts/exact-numbers';
import { type Envelope, envelope } from '../contracts/messages';
import { PoisonMessageError } from '../errors';

/**
 * The size limit of a message, and of all messages of one call together: 256 KiB. SQS now accepts 1 MiB, but not on queues whose
 * MaximumMessageSize was set earlier.
 */
export const MAX_MESSAGE_BYTES = 256 * 1_024;

/**
 * The size limit of an event's payload as it is sent, in bytes. The rest of {@link MAX_MESSAGE_BYTES} is for its envelope and for the
 * attributes that a message has in the dead letters.
 */
export const MAX_PAYLOAD_BYTES = 256_000;

/** The type of every attribute that this system sends. */
export const TEXT_TYPE = 'String';

const NON_ASCII = /[\u0080-\uFFFF]/;
const EACH_NON_ASCII = /[\u0080-\uFFFF]/g;

/** Converts a message to the JSON text that is sent: ASCII only, so that its length is its size in bytes. */
export function toMessageBody(message: Envelope): string {
  return escapeNonAscii(JSON.stringify(message));
}

/**
 * Writes every non-ASCII character of JSON text as `\uXXXX` (RFC 8259, section 7). SQS refuses U+FFFE and U+FFFF, emulators refuse
 * surrogates too, and every queue accepts ASCII. Text that is not JSON is returned unchanged, because an escape would change it.
 */
export function toSendableBody(body: string): string {
  return NON_ASCII.test(body) && isJson(body) ? escapeNonAscii(body) : body;
}

/** The size of JSON text when it is sent, in bytes. */
export const sendableLength = (json: string): number => escapeNonAscii(json).length;

/** The size of a message as SQS counts it: the body, and the name, type and value of each attribute, in bytes of UTF-8. */
export function messageBytes(body: string, attributes: Readonly<Record<string, string>> = {}): number {
  const parts = Object.entries(attributes).map(([name, value]) =>
    Buffer.byteLength(`${name}${TEXT_TYPE}${value}`),
  );
  return parts.reduce((sum, bytes) => sum + bytes, Buffer.byteLength(body));
}

/** @throws PoisonMessageError when the text is not JSON, contains a number that parsing would change, or is not an envelope. */
export function parseMessageBody(body: string): Envelope {
  const result = envelope.safeParse(parseJson(body));
  if (result.success) return result.data;
  const fault = result.error.issues[0];
  throw new PoisonMessageError(`not an envelope: ${fault?.path.join('.') ?? ''} ${fault?.message ?? ''}`);
}

/** In JSON text non-ASCII characters occur only within strings, where their escapes have the same meaning. */
const escapeNonAscii = (json: string): string =>
  json.replace(EACH_NON_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parseJson(body: string): unknown {
  const value = jsonValue(body);
  const fault = inexactNumber(body);
  if (fault) throw new PoisonMessageError(`${fault.path} ${fault.message}`);
  return value;
}

function jsonValue(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new PoisonMessageError('not JSON', { cause });
  }
}
