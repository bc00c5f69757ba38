import { createOutboxClient, type OutboxClient } from '../../../client/api-client';
import { type RefusedEventResource } from '../../../src/shared/contracts/outbox';
import { answerOf } from '../operator-api/answer-of';
import { connect, type OperatorAccess } from '../operator-api/connect';
import { type OutboxService, readArguments } from '../outbox/arguments';
import { refusedEventTable } from '../outbox/table';
import { type Settings } from '../settings';
import { report } from '../terminal';

/** The API's maximum per page. */
const MOST_SHOWN = 100;

/** How many events of a service are counted, like in its health check. */
const MOST_COUNTED = 10_000;

/** The API's maxima per request. */
const RETRIED_AT_ONCE = 1_000;
const DROPPED_AT_ONCE = 100;

const NAMES: Readonly<Record<OutboxService, string>> = {
  'order-service': 'Order Service',
  'delivery-service': 'Delivery Service',
};

/** The outbox of one service. */
interface Outbox {
  service: OutboxService;
  api: OutboxClient;
}

/**
 * Lists, retries or drops the events that a queue refuses, through the API of each service, as the client CLIENT_ID with CLIENT_SECRET.
 *
 * @returns 1 if an event was skipped
 */
export async function outbox(settings: Settings, args: readonly string[]): Promise<number> {
  const { action, services, ids } = readArguments(args);
  const access = await connect(settings);
  let done = 0;
  for (const [index, service] of services.entries()) {
    if (action === 'list' && index > 0) console.log('');
    const of = { service, api: await clientOf(access, service) };
    if (action === 'list') await list(of);
    else done += await (action === 'retry' ? retry(of, ids) : drop(of, ids));
  }
  const skipped = action === 'list' || ids === null ? 0 : ids.length - done;
  if (skipped > 0) report('skipped', `${String(skipped)}: not refused, or being sent at this moment`);
  return skipped > 0 ? 1 : 0;
}

/** Only the services that are asked are needed: an operator can act on one while the other is down. */
async function clientOf(access: OperatorAccess, service: OutboxService): Promise<OutboxClient> {
  return createOutboxClient(
    service === 'order-service' ? access.orderService : await access.deliveryService(),
  );
}

async function list(of: Outbox): Promise<void> {
  const { shown, count } = await refusedEventsOf(of);
  if (count === 0) return console.log(`${of.service}: no refused events`);
  const all = count < MOST_COUNTED ? String(count) : `${String(MOST_COUNTED)} or more`;
  console.log(`${of.service}: ${String(shown.length)} of ${all} refused events`);
  for (const line of refusedEventTable(shown, new Date())) console.log(line);
}

async function refusedEventsOf({
  service,
  api,
}: Outbox): Promise<{ shown: RefusedEventResource[]; count: number }> {
  const shown: RefusedEventResource[] = [];
  let count = 0;
  let cursor: string | null | undefined;
  while (cursor !== null && count < MOST_COUNTED) {
    const query = { limit: MOST_SHOWN, ...(cursor !== undefined && { cursor }) };
    const page = await answerOf(api.GET('/outbox/refused', { params: { query } }), NAMES[service]);
    if (count === 0) shown.push(...page.data);
    count += page.data.length;
    cursor = page.next_cursor;
  }
  return { shown, count };
}

async function retry({ service, api }: Outbox, ids: readonly string[] | null): Promise<number> {
  let done = 0;
  for (const part of partsOf(ids, RETRIED_AT_ONCE)) {
    const body = part === null ? {} : { event_ids: part };
    const { retried } = await answerOf(api.POST('/outbox/refused/retry', { body }), NAMES[service]);
    done += retried;
  }
  report(service, `${String(done)} to be sent again now`);
  return done;
}

async function drop({ service, api }: Outbox, ids: readonly string[] | null): Promise<number> {
  let done = 0;
  for (const part of partsOf(ids, DROPPED_AT_ONCE)) {
    const query = part === null ? { all: 'true' as const } : { event_id: part };
    const { dropped } = await answerOf(api.DELETE('/outbox/refused', { params: { query } }), NAMES[service]);
    done += dropped;
  }
  report(service, `${String(done)} dropped`);
  return done;
}

function partsOf(ids: readonly string[] | null, size: number): (string[] | null)[] {
  if (ids === null) return [null];
  return Array.from({ length: Math.ceil(ids.length / size) }, (_, part) =>
    ids.slice(part * size, (part + 1) * size),
  );
}
