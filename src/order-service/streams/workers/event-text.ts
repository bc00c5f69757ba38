import { type FedEvent } from '../../orders/use-cases/read-public-events';

const texts = new WeakMap<FedEvent, string>();

/** The JSON of an event, which is made once for all listeners of this process. */
export function eventText(fed: FedEvent): string {
  const known = texts.get(fed);
  if (known !== undefined) return known;
  const text = JSON.stringify(fed.event);
  texts.set(fed, text);
  return text;
}
