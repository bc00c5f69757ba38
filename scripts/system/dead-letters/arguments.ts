import { LIVE_QUEUES } from '../../../src/shared/contracts/queues';
import { UsageError } from '../operator-error';

const ACTIONS = ['list', 'redrive', 'drop'] as const;
type Action = (typeof ACTIONS)[number];

export interface DeadLetterRequest {
  action: Action;
  queues: readonly string[];
  /** Envelope or message ids; null: all. */
  ids: readonly string[] | null;
}

const USAGE = 'Usage: dead-letters list|redrive|drop [QUEUE] [ID…] [--all]';

/**
 * Reads `list|redrive|drop [QUEUE] [ID…] [--all]`. The default is both queues and all ids, except that drop requires ids or --all.
 *
 * @throws UsageError that describes the mistake
 */
export function readArguments(args: readonly string[]): DeadLetterRequest {
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--all');
  if (unknown !== undefined) throw new UsageError(`dead-letters does not know "${unknown}". ${USAGE}`);
  const [given, queue, ...ids] = args.filter((arg) => arg !== '--all');
  const action = ACTIONS.find((known) => known === given);
  if (action === undefined) throw new UsageError(USAGE);
  if (ids.includes('')) throw new UsageError('An id is empty; list shows the ids.');
  const isAll = args.includes('--all');
  if (action === 'list' && (ids.length > 0 || isAll))
    throw new UsageError('list takes no arguments other than a queue.');
  if (isAll && ids.length > 0) throw new UsageError('Give either ids or --all.');
  if (action === 'drop' && !isAll && ids.length === 0)
    throw new UsageError('drop needs ids, or --all to delete every dead letter of the queue.');
  const queues = queue === undefined ? LIVE_QUEUES : [queueNamed(queue)];
  return { action, queues, ids: ids.length > 0 ? ids : null };
}

/** The suffix `.fifo` is optional. */
function queueNamed(name: string): string {
  const queue = LIVE_QUEUES.find((known) => known === name || known === `${name}.fifo`);
  if (queue === undefined)
    throw new UsageError(`There is no queue "${name}"; there are ${LIVE_QUEUES.join(' and ')}.`);
  return queue;
}
