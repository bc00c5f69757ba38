import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { type FedEvent } from '../../orders/use-cases/read-public-events';

const texts = new WeakMap<FedEvent, string>();
const frames = new WeakMap<FedEvent, Buffer>();

/** The JSON of an event, which is made once for all listeners of this process. */
export function eventJson(fed: FedEvent): string {
  const known = texts.get(fed);
  if (known !== undefined) return known;
  const text = JSON.stringify(fed.event);
  texts.set(fed, text);
  return text;
}

/** The event as it is sent in a stream of server-sent events, with its cursor as the id; made once for all listeners. */
export function eventFrame(fed: FedEvent): Buffer {
  const known = frames.get(fed);
  if (known) return known;
  const id = encodeFeedCursor(fed.cursor);
  const frame = Buffer.from(`id: ${id}\nevent: ${fed.event.type}\ndata: ${eventJson(fed)}\n\n`);
  frames.set(fed, frame);
  return frame;
}
