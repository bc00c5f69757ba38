import { groupBy } from '../../src/shared/group-by';

/** An event of an order as a reader received it. */
export interface SeenEvent {
  orderId: string;
  version: number;
  eventId: string;
}

/** The ids of the events of each order, by order; that of version 1 first. */
export type OrderLogs = ReadonlyMap<string, readonly string[]>;

export interface SeenFault {
  orderId: string;
  what: string;
}

/**
 * How a reader of a stream differs from one that received every version of each order exactly once, in order.
 *
 * @param seen in the order of arrival
 * @param firstVersion of each order that the reader must receive
 */
export function streamFaults(
  seen: readonly SeenEvent[],
  logs: OrderLogs,
  firstVersion: (orderId: string) => number = () => 1,
): SeenFault[] {
  return faultsOfEach(seen, logs, (events, orderId, log) =>
    wrongVersions(
      events.map(({ version }) => version),
      firstVersion(orderId),
      log.length,
    ),
  );
}

/**
 * How a receiver of webhooks differs from one that received every version of each order at least once, with the first arrivals in order.
 *
 * @param seen in the order of arrival
 */
export function deliveryFaults(seen: readonly SeenEvent[], logs: OrderLogs): SeenFault[] {
  return faultsOfEach(seen, logs, (events, _orderId, log) =>
    wrongVersions([...new Set(events.map(({ version }) => version))], 1, log.length),
  );
}

function faultsOfEach(
  seen: readonly SeenEvent[],
  logs: OrderLogs,
  wrong: (events: readonly SeenEvent[], orderId: string, log: readonly string[]) => string | null,
): SeenFault[] {
  const byOrder = groupBy(seen, ({ orderId }) => orderId);
  const strange = [...byOrder.keys()].filter((orderId) => !logs.has(orderId));
  const faults = [...logs].flatMap(([orderId, log]) => {
    const events = byOrder.get(orderId) ?? [];
    const what = wrong(events, orderId, log) ?? wrongId(events, log);
    return what === null ? [] : [{ orderId, what }];
  });
  return [...faults, ...strange.map((orderId) => ({ orderId, what: 'it must not receive this order' }))];
}

function wrongVersions(versions: readonly number[], first: number, last: number): string | null {
  const isRight =
    versions.length === last - first + 1 && versions.every((version, index) => version === first + index);
  return isRight
    ? null
    : `received the versions ${versions.join(' ') || 'none'}, not ${String(first)} to ${String(last)}`;
}

/** Every arrival of a version must have the id of its event. */
function wrongId(events: readonly SeenEvent[], log: readonly string[]): string | null {
  const found = events.find(({ version, eventId }) => log[version - 1] !== eventId);
  return found ? `version ${String(found.version)} came with the id ${found.eventId}` : null;
}
