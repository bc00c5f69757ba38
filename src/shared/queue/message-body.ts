import { inexactNumber } from '../contracts/exact-numbers';
import { type Envelope, envelope } from '../contracts/messages';
import { PoisonMessageError } from '../errors';

/** The JSON text of a message as it is sent: ASCII only, so that its length is its size in bytes. */
export function toMessageBody(message: Envelope): string {
  return escapeNonAscii(JSON.stringify(message));
}

/**
 * The same JSON with every character outside ASCII as `\uXXXX` (RFC 8259, section 7). SQS refuses U+FFFE and U+FFFF, emulators refuse
 * surrogates too, and no queue refuses ASCII. What is not JSON stays as it is, because an escape would change it.
 */
export function toSendableBody(body: string): string {
  return NON_ASCII.test(body) && isJson(body) ? escapeNonAscii(body) : body;
}

/** How many bytes JSON text has when it is sent. */
export const sendableLength = (json: string): number => escapeNonAscii(json).length;

/** @throws PoisonMessageError when the text is not JSON, has a number that reading would change, or is not an envelope. */
export function parseMessageBody(body: string): Envelope {
  const result = envelope.safeParse(parseJson(body));
  if (result.success) return result.data;
  const fault = result.error.issues[0];
  throw new PoisonMessageError(`not an envelope: ${fault?.path.join('.') ?? ''} ${fault?.message ?? ''}`);
}

const NON_ASCII = /[\u0080-\uFFFF]/;
const EACH_NON_ASCII = /[\u0080-\uFFFF]/g;

/** In JSON text such characters are found within strings only, where their escapes mean the same. */
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
