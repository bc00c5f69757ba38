import { type DemoSecrets } from './demo-secrets';

/** The state that the steps of a demo share. */
export interface Story {
  readonly orderUrl: string;
  readonly deliveryUrl: string;
  /** The secrets of the demo's clients. */
  readonly secrets: DemoSecrets;
  /** Unique per run, so that idempotency keys and customers of earlier runs are not reused. */
  readonly run: string;
  /** Tokens and ids by the name of their shell variable in the curl commands. */
  readonly variables: Record<string, string>;
  /** The response body of the first POST /orders. */
  firstAnswer: string;
  watch: OrderWatch | null;
}

/** The statuses of an order as observed by polling. */
export interface OrderWatch {
  /** Yields every status, past and future, until the order reaches a final status or the timeout. */
  statuses(): AsyncGenerator<SeenStatus>;
}

export interface SeenStatus {
  status: string;
  /** Time since polling began. */
  afterMs: number;
}

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: string;
  /** The shell variable that holds the token, such as TOKEN. */
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** A string of the body that is replaced by a shell variable. */
  secret?: { value: string; variable: string };
}

export interface Answer {
  status: number;
  statusText: string;
  headers: Headers;
  text: string;
  /** The parsed body. */
  body: unknown;
}

/** One assertion on a response. */
export interface Check {
  what: string;
  expected: unknown;
  got: (answer: Answer, story: Story) => unknown;
}

export interface Step {
  heading: string;
  why: string;
  request: (story: Story) => HttpRequest;
  checks: (story: Story) => readonly Check[];
  /** Repeats the request until this holds. */
  until?: (answer: Answer) => boolean;
  /** A member of the response for later requests, and its shell variable. */
  keep?: { member: string; as: string };
  /** Stores other values of the response for later steps. */
  remember?: (answer: Answer, story: Story) => void;
  /** Runs before the request and may print output. */
  before?: (story: Story) => Promise<void>;
  /** The printed part of a long response. */
  excerpt?: (answer: Answer) => unknown;
  /** An interactive demo does not pause before this step. */
  follows?: boolean;
}

/** The member of a JSON body at a dotted path, such as `data.0.status`. */
export function at(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], body);
}
