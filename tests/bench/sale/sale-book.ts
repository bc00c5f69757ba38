import { percentilesOf, type Percentiles } from '../measurement';

/** What the buyers of a sale were told. */
export interface SaleFigures {
  /** Number of buyers who got a unit, and of those who were told that there is none. */
  sold: number;
  soldOut: number;
  /** From the first request to the last of the first `units` sales. */
  seconds: number;
  /** The first `units` sales per second. */
  perSecond: number;
  /** Of the first `units` sales. */
  latency: Percentiles;
  soldOutLatency: Percentiles;
  /** The number of requests without an answer, or with one that leaves open whether the buyer got a unit, by kind. */
  kinds: Readonly<Record<string, number>>;
}

interface Purchase {
  sentAt: number;
  answeredAt: number;
  isSold: boolean;
}

/** The requests and answers of a sale. Times are in milliseconds. */
export interface SaleBook {
  sent(buyer: number, at: number): void;
  answered(buyer: number, answer: { status: number; body: string }, at: number): void;
  /** The buyers who do not know yet whether they got a unit. */
  undecided(): number[];
  /** @param units the number of sales that are measured: those after them belong to buyers who had no rivals left. */
  figures(units: number): SaleFigures;
}

const SOLD = 201;
const CONFLICT = 409;

export function createSaleBook(buyers: number): SaleBook {
  const sentAt = new Map<number, number>();
  let start = Number.POSITIVE_INFINITY;
  const purchases = new Map<number, Purchase>();
  const kinds: Record<string, number> = {};
  const count = (kind: string): void => void (kinds[kind] = (kinds[kind] ?? 0) + 1);
  return {
    sent(buyer, at) {
      if (sentAt.has(buyer)) return count('repeated');
      sentAt.set(buyer, at);
      start = Math.min(start, at);
    },
    answered(buyer, { status, body }, at) {
      const isSold = status === SOLD;
      if (!isSold && !(status === CONFLICT && codeIn(body) === 'out_of_stock')) return count(String(status));
      purchases.set(buyer, { sentAt: sentAt.get(buyer)!, answeredAt: at, isSold });
    },
    undecided: () =>
      Array.from({ length: buyers }, (_, buyer) => buyer).filter((buyer) => !purchases.has(buyer)),
    figures(units) {
      const all = [...purchases.values()];
      const sales = all.filter(({ isSold }) => isSold).sort((a, b) => a.answeredAt - b.answeredAt);
      const measured = sales.slice(0, units);
      const refusals = all.filter(({ isSold }) => !isSold);
      const seconds = ((measured.at(-1)?.answeredAt ?? Number.NaN) - start) / 1_000;
      return {
        sold: sales.length,
        soldOut: refusals.length,
        seconds,
        perSecond: measured.length / seconds,
        latency: percentilesOf(measured.map(tookMs)),
        soldOutLatency: percentilesOf(refusals.map(tookMs)),
        kinds,
      };
    },
  };
}

const tookMs = ({ sentAt, answeredAt }: Purchase): number => answeredAt - sentAt;

function codeIn(body: string): string | null {
  try {
    return (JSON.parse(body) as { code?: string }).code ?? null;
  } catch {
    return null;
  }
}
