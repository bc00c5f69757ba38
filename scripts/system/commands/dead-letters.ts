import { createOrderServiceClient, type OrderServiceClient } from '../../../client/api-client';
import { LIVE_QUEUES } from '../../../src/shared/contracts/queues';
import { readArguments } from '../dead-letters/arguments';
import { deadLetterTable, queueTable } from '../dead-letters/tables';
import { answerOf } from '../operator-api/answer-of';
import { connect } from '../operator-api/connect';
import { type Settings } from '../settings';
import { report } from '../terminal';

/** The API's maximum per request. */
const MOST_SHOWN = 100;
const QUEUE_WIDTH = Math.max(...LIVE_QUEUES.map(({ length }) => length));

/**
 * Lists, redrives or drops dead letters through the API of the Order Service, as the client CLIENT_ID with CLIENT_SECRET.
 *
 * @returns 1 if a message failed or was skipped
 */
export async function deadLetters(settings: Settings, args: readonly string[]): Promise<number> {
  const { action, queues, ids } = readArguments(args);
  const { orderService } = await connect(settings);
  const api = createOrderServiceClient(orderService);
  if (action === 'list') return list(api, queues);
  const isDone = [];
  for (const queue of queues)
    isDone.push(await (action === 'redrive' ? redrive(api, queue, ids) : drop(api, queue, ids)));
  return isDone.every(Boolean) ? 0 : 1;
}

async function list(api: OrderServiceClient, names: readonly string[]): Promise<number> {
  const { data } = await answerOf(api.GET('/queues'));
  const queues = data.filter(({ name }) => names.includes(name));
  for (const line of queueTable(queues)) console.log(line);
  for (const { name, dead_letters: count } of queues.filter((queue) => queue.dead_letters > 0)) {
    const { data: shown } = await answerOf(
      api.GET('/queues/{name}/dead-letters', { params: { path: { name }, query: { limit: MOST_SHOWN } } }),
    );
    console.log(`\n${name}: ${String(shown.length)} of ${String(count)} dead letters`);
    for (const line of deadLetterTable(shown)) console.log(line);
  }
  return 0;
}

async function redrive(
  api: OrderServiceClient,
  name: string,
  ids: readonly string[] | null,
): Promise<boolean> {
  const { redriven, failed, skipped } = await answerOf(
    api.POST('/queues/{name}/redrive', {
      params: { path: { name } },
      body: ids === null ? {} : { message_ids: [...ids] },
    }),
  );
  return reportCounts(name, redriven, 'redriven', failed, skipped);
}

async function drop(api: OrderServiceClient, name: string, ids: readonly string[] | null): Promise<boolean> {
  const query = ids === null ? { all: 'true' as const } : { message_id: [...ids] };
  const { dropped, failed, skipped } = await answerOf(
    api.DELETE('/queues/{name}/dead-letters', { params: { path: { name }, query } }),
  );
  return reportCounts(name, dropped, 'dropped', failed, skipped);
}

function reportCounts(queue: string, done: number, what: string, failed: number, skipped: number): boolean {
  report(
    queue.padEnd(QUEUE_WIDTH),
    `  ${String(done)} ${what}, ${String(failed)} failed, ${String(skipped)} skipped`,
  );
  return failed + skipped === 0;
}
