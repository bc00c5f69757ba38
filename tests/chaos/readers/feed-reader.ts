import { setTimeout as delay } from 'node:timers/promises';
import { PUBLIC_EVENT_TYPES } from '../../../src/shared/contracts/public-event';
import { type ArrivedEvent } from '../../support/seen-versions';
import { orderApi } from '../api';
import { type PublicEvent, seenEvent } from './event-text';
import { type EventReader } from './reader';

interface EventPage {
  data: PublicEvent[];
  next_cursor: string;
}

/** Shorter than the time limit of a request. */
const WAIT_SECONDS = 2;
const RETRY_MS = 250;

/** Without types, the feed has the events of orders only. */
const TYPES = PUBLIC_EVENT_TYPES.join(',');

/** Reads `GET /events` from the oldest event on, page by page, and repeats a page until it arrives. */
export function startFeedReader(apiUrl: string, owner: string): EventReader {
  const request = orderApi(apiUrl);
  const events: ArrivedEvent[] = [];
  const faults: string[] = [];
  let isOver = false;
  let failures = 0;

  async function read(): Promise<void> {
    for (let after: string | null = null; !isOver;) {
      const query: string = after === null ? '' : `&after=${after}`;
      const path = `/events?types=${TYPES}&wait=${String(WAIT_SECONDS)}${query}`;
      const { status, text } = await request({ method: 'GET', path, client: owner });
      if (status === '200') {
        after = take(JSON.parse(text) as EventPage);
      } else {
        if (/^4(?!01|08|29)/.test(status)) faults.push(`answered with ${status}: ${text}`);
        failures += 1;
        await delay(RETRY_MS);
      }
    }
  }

  function take({ data, next_cursor: next }: EventPage): string {
    for (const item of data) {
      const event = seenEvent(item);
      if (event) events.push({ ...event, isAccepted: true });
      else faults.push(`event and subject differ: ${JSON.stringify(item)}`);
    }
    return next;
  }

  const reading = read();
  return {
    name: `feed of ${owner}`,
    kind: 'feed',
    owner,
    orderId: null,
    topics: ['orders', 'products'],
    events: () => events,
    faults: () => faults,
    interruptions: () => failures,
    async stop() {
      isOver = true;
      await reading;
    },
  };
}
