import { groupBy } from '../../src/shared/group-by';

/** An event of an order as a reader received it. A product or its stock can take the place of the order. */
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

/** An event as a receiver of webhooks got it. */
export interface ArrivedEvent extends SeenEvent {
  /** The receiver has processed it, whether the sender knows that or not. */
  isAccepted: boolean;
}

/**
 * How a receiver of webhooks differs from one that accepted every version of each order at least once, and to which no version of an order
 * was sent before the versions below it were accepted.
 *
 * @param arrived in the order of arrival
 */
export function deliveryFaults(arrived: readonly ArrivedEvent[], logs: OrderLogs): SeenFault[] {
  return faultsOfEach(arrived, logs, (events, _orderId, log) => {
    let accepted = 0;
    for (const { version, isAccepted } of events) {
      if (version > accepted + 1) return wrongArrivals(events, version);
      if (isAccepted && version > accepted) accepted = version;
    }
    return accepted === log.length ? null : wrongArrivals(events, log.length);
  });
}

const wrongArrivals = (events: readonly ArrivedEvent[], missing: number): string => {
  const versions = events.map(({ version, isAccepted }) => `${String(version)}${isAccepted ? '' : '!'}`);
  return `received the versions ${versions.join(' ') || 'none'} (! not accepted), so that ${String(missing)} is early or missing`;
};

function faultsOfEach<E extends SeenEvent>(
  seen: readonly E[],
  logs: OrderLogs,
  wrong: (events: readonly E[], orderId: string, log: readonly string[]) => string | null,
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
