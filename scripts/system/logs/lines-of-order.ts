import { UsageError } from '../operator-error';

/** Tells which lines belong to one order; it learns from the lines that name it. */
export interface LinesOfOrder {
  readonly orderId: string;
  /** Takes note of the ids by which a line that names the order can be followed. */
  learn(line: string): void;
  /** What a line must contain to be one of them; more with each that is learnt. */
  needles(): readonly string[];
  isOne(line: string): boolean;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/** @throws UsageError for what is no UUID */
export function readOrderId(text: string): string {
  if (text.replace(UUID, '') === '' && text.length === 36) return text.toLowerCase();
  throw new UsageError(`--order takes the id of an order, a UUID, not "${text}".`);
}

/**
 * The lines that name an order, and those of the requests and messages that it went through: they have one of its correlation ids. A caller
 * may use one correlation id for many orders, so a line that names another one, by itself or by its path, is not among them.
 */
export function linesOfOrder(orderId: string): LinesOfOrder {
  const correlationIds = new Set<string>();
  const ids = new Set([orderId]);
  const namesIt = (line: string): boolean => line.toLowerCase().includes(orderId);

  function isFollowed(line: string): boolean {
    const { correlation_id: correlationId, order_id: other, path } = parsed(line);
    if (typeof correlationId !== 'string' || !correlationIds.has(correlationId)) return false;
    const named = typeof path === 'string' ? (path.match(UUID) ?? []) : [];
    return other === undefined && named.every((id) => ids.has(id.toLowerCase()));
  }

  return {
    orderId,
    learn(line) {
      if (!namesIt(line)) return;
      const { order_id: named, correlation_id: correlationId, shipment_id: shipmentId } = parsed(line);
      if (named !== orderId) return;
      if (typeof correlationId === 'string') correlationIds.add(correlationId);
      if (typeof shipmentId === 'string') ids.add(shipmentId);
    },
    needles: () => [orderId, ...[...correlationIds].map((id) => `"correlation_id":${JSON.stringify(id)}`)],
    isOne: (line) => namesIt(line) || isFollowed(line),
  };
}

/** What a service wrote; nothing for any other line. */
function parsed(line: string): Partial<Record<string, unknown>> {
  if (!line.startsWith('{')) return {};
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return {};
  }
}
