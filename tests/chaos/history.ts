import { type ApiAnswer, type ApiRequest } from './api';
import { type Outcome } from './outcomes';
import { newStockHistory, type StockHistory } from './stock/stock-history';

export interface Call {
  at: number;
  operation: 'create' | 'replay' | 'read' | 'foreign-read' | 'cancel' | 'reserve' | 'extend' | 'release';
  outcome: Outcome;
  /** The HTTP status, the code of a refusal, or what broke the connection. */
  answer: string;
  /** Milliseconds until the answer. */
  took: number;
}

/** Sends a request of an order's client and records it. */
export type CallApi = (
  order: OrderHistory,
  operation: Call['operation'],
  asked: Omit<ApiRequest, 'client'> & Partial<ApiRequest>,
) => Promise<ApiAnswer & { outcome: Outcome }>;

/** One order as the client that places it sees it. */
export interface OrderHistory {
  /** Its Idempotency-Key, and its customer_id, by which the database is asked about it. */
  key: string;
  client: string;
  /** Of the first 2xx. */
  orderId: string | null;
  answer: { status: string; text: string } | null;
  /** The highest version that was read so far. */
  seenVersion: number;
  /** The client has given up on it without knowing whether it exists. */
  abandoned: boolean;
  calls: Call[];
}

/** What breaks a promise, with the key of the order that shows it. */
export interface Breach {
  invariant: string;
  what: string;
  key: string | null;
}

/** Everything that the load did and learned. */
export interface History {
  orders: Map<string, OrderHistory>;
  breaches: Breach[];
  /** Ends of successful creates, for the time until the API answers again. */
  successes: number[];
  stock: StockHistory;
}

export function newHistory(): History {
  return { orders: new Map(), breaches: [], successes: [], stock: newStockHistory() };
}
