import { UsageError } from '../operator-error';

/** Selects the lines of one order; it collects correlation ids from the lines that name the order. */
export interface LinesOfOrder {
  readonly orderId: string;
  /** Collects the correlation ids of a line that names the order. */
  learn(line: string): void;
  /** The ids of which a line must contain one; the list grows with each collected id. */
  needles(): readonly string[];
  isOne(line: string): boolean;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** @throws UsageError for a text that is not a UUID */
export function readOrderId(text: string): string {
  if (text.replace(UUID, '') === '' && text.length === 36) return text.toLowerCase();
  throw new UsageError(`--order takes the id of an order, a UUID, not "${text}".`);
}

/**
 * The lines that name an order, and the lines of its requests and messages, which have one of its correlation ids. A caller may use one
 * correlation id for many orders, so a line that names another order, as a field or in a path, is excluded.
 */
export function linesOfOrder(orderId: string): LinesOfOrder {
  const correlationIds = new Set<string>();
  const ids = new Set([orderId]);
  const namesOrder = (line: string): boolean => line.toLowerCase().includes(orderId);

  function isFollowed(line: string): boolean {
    const { correlation_id: correlationId, order_id: other, path } = parsed(line);
    if (typeof correlationId !== 'string' || !correlationIds.has(correlationId)) return false;
    const named = typeof path === 'string' ? (path.match(UUID) ?? []) : [];
    return other === undefined && named.every((id) => ids.has(id.toLowerCase()));
  }

  return {
    orderId,
    learn(line) {
      if (!namesOrder(line)) return;
      const { order_id: named, correlation_id: correlationId, shipment_id: shipmentId } = parsed(line);
      if (named !== orderId) return;
      if (typeof correlationId === 'string') correlationIds.add(correlationId);
      if (typeof shipmentId === 'string') ids.add(shipmentId);
    },
    needles: () => [orderId, ...[...correlationIds].map((id) => `"correlation_id":${JSON.stringify(id)}`)],
    isOne: (line) => namesOrder(line) || isFollowed(line),
  };
}

/** The fields of a service's JSON line; empty for any other line. */
function parsed(line: string): Partial<Record<string, unknown>> {
  if (!line.startsWith('{')) return {};
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
