import { inexactNumber } from '../contracts/exact-numbers';
import { envelope, type Envelope } from '../contracts/envelope';
import { PoisonMessageError } from '../errors';

/**
 * The JSON text of a message. SQS refuses U+FFFE and U+FFFF, which JSON leaves as they are, so they are escaped.
 */
export function toMessageBody(message: Envelope): string {
  return JSON.stringify(message).replace(
    /[\uFFFE\uFFFF]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16)}`,
  );
}

/** @throws PoisonMessageError when the text is not JSON, has a number that reading would change, or is not an envelope. */
export function parseMessageBody(body: string): Envelope {
  const result = envelope.safeParse(parseJson(body));
  if (result.success) return result.data;
  const fault = result.error.issues[0];
  throw new PoisonMessageError(`not an envelope: ${fault?.path.join('.') ?? ''} ${fault?.message ?? ''}`);
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
