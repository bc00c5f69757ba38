import { type Message } from '@aws-sdk/client-sqs';
import { deadLetterId } from './dead-letter';

/** Which dead letters something is to be done with. */
export interface DeadLetterChoice {
  includes(message: Message): boolean;
  /** How many ids were chosen that no message has had so far. */
  missing(): number;
}

/** Those with these ids, be it the envelope's or the message's; null: all. */
export function chooseDeadLetters(ids: readonly string[] | null): DeadLetterChoice {
  if (ids === null) return { includes: () => true, missing: () => 0 };
  const missing = new Set(ids);
  const chosen = new Set(ids);
  return {
    includes(message) {
      const found = [deadLetterId(message), message.MessageId ?? ''].filter((id) => chosen.has(id));
      for (const id of found) missing.delete(id);
      return found.length > 0;
    },
    missing: () => missing.size,
  };
}
