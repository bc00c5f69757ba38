import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import { eventText } from '../workers/event-text';

const frames = new WeakMap<FedEvent, Buffer>();

/** The event as it is sent in a stream of server-sent events, with its cursor as the id; made once for all listeners. */
export function eventFrame(fed: FedEvent): Buffer {
  const known = frames.get(fed);
  if (known) return known;
  const id = encodeFeedCursor(fed.cursor);
  const frame = Buffer.from(`id: ${id}\nevent: ${fed.event.type}\ndata: ${eventText(fed)}\n\n`);
  frames.set(fed, frame);
  return frame;
}
