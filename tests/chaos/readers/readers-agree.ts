import { deliveryFaults, type SeenFault, streamFaults } from '../../support/seen-versions';
import { type Breach } from '../history';
import { logsFor, type OrderLog } from './order-logs';
import { type EventReader } from './reader';

export const STREAMS_COMPLETE = 'I8 readers receive every version once, in order';
export const WEBHOOKS_COMPLETE = 'I8 webhooks arrive at least once, in order';

/** Compares what each reader received with the logs of the orders. */
export function readersDisagreeing(
  readers: readonly EventReader[],
  logs: ReadonlyMap<string, OrderLog>,
): Breach[] {
  return readers.flatMap((reader) => {
    const invariant = reader.kind === 'webhook' ? WEBHOOKS_COMPLETE : STREAMS_COMPLETE;
    const breach = (what: string, key: string | null): Breach => ({
      invariant,
      what: `${reader.name}: ${what}`,
      key,
    });
    return [
      ...reader.faults().map((what) => breach(what, null)),
      ...faultsOf(reader, logs).map(({ orderId, what }) =>
        breach(`${subjectName(orderId)}: ${what}`, logs.get(orderId)?.customerId ?? null),
      ),
    ];
  });
}

const subjectName = (id: string): string => (id.includes(' ') ? id : `order ${id}`);

function faultsOf(reader: EventReader, all: ReadonlyMap<string, OrderLog>): SeenFault[] {
  const logs = logsFor(reader, all);
  if (reader.kind === 'webhook') return deliveryFaults(reader.events(), logs);
  return streamFaults(reader.events(), logs, () => firstVersionOf(reader));
}

/** The stream of one order begins with its present state. */
const firstVersionOf = (reader: EventReader): number =>
  reader.orderId === null ? 1 : (reader.events()[0]?.version ?? 1);
