import { UsageError } from '../operator-error';

const ACTIONS = ['list', 'retry', 'drop'] as const;
type Action = (typeof ACTIONS)[number];

export const OUTBOX_SERVICES = ['order-service', 'delivery-service'] as const;
export type OutboxService = (typeof OUTBOX_SERVICES)[number];

export interface OutboxRequest {
  action: Action;
  services: readonly OutboxService[];
  /** Event ids in lower case, each once; null: all. */
  ids: readonly string[] | null;
}

const USAGE = 'Usage: outbox list|retry|drop [order-service|delivery-service] [EVENT_ID…] [--all]';

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

/**
 * Reads `list|retry|drop [SERVICE] [EVENT_ID…] [--all]`. The default is both services and all events, except that drop requires ids or
 * --all.
 *
 * @throws UsageError that describes the mistake
 */
export function readArguments(args: readonly string[]): OutboxRequest {
  const unknown = args.find((arg) => arg.startsWith('-') && arg !== '--all');
  if (unknown !== undefined) throw new UsageError(`outbox does not know "${unknown}". ${USAGE}`);
  const [given, ...rest] = args.filter((arg) => arg !== '--all');
  const action = ACTIONS.find((known) => known === given);
  if (action === undefined) throw new UsageError(USAGE);
  const { services, ids } = servicesAndIds(rest);
  const isAll = args.includes('--all');
  if (action === 'list' && (ids.length > 0 || isAll))
    throw new UsageError('list takes no arguments other than a service.');
  if (isAll && ids.length > 0) throw new UsageError('Give either event ids or --all.');
  if (action === 'drop' && !isAll && ids.length === 0)
    throw new UsageError('drop needs event ids, or --all to drop every refused event.');
  return { action, services, ids: ids.length > 0 ? ids : null };
}

function servicesAndIds(rest: readonly string[]): { services: readonly OutboxService[]; ids: string[] } {
  const [first] = rest;
  const service = OUTBOX_SERVICES.find((known) => known === first);
  if (first !== undefined && service === undefined && !UUID.test(first))
    throw new UsageError(
      `"${first}" is neither a service nor an event id; the services are ${OUTBOX_SERVICES.join(' and ')}.`,
    );
  const ids = service === undefined ? rest : rest.slice(1);
  const wrong = ids.find((id) => !UUID.test(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is not an event id; list shows the ids.`);
  return {
    services: service === undefined ? OUTBOX_SERVICES : [service],
    ids: [...new Set(ids.map((id) => id.toLowerCase()))],
  };
}
