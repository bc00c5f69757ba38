import { type OrderEvent } from '../../../client/order-events';
import { type Arrivals } from './arrivals';
import { type Cleanup } from './cleanup';
import { type DemoSecrets } from './demo-secrets';
import { type WebhookWatch } from './watch-webhooks';

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
  /** Receives webhooks; null: the steps about webhooks are left out. */
  readonly webhooks: WebhookWatch | null;
  readonly cleanup: Cleanup;
  /** The response body of the first POST /orders. */
  firstAnswer: string;
  /** The events of the first order, as its stream delivers them. */
  events: Arrivals<OrderEvent> | null;
}

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  /** The shell variable that holds the token, such as TOKEN. */
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** A string of the body that is replaced by a shell variable. */
  secret?: { value: string; variable: string };
  /** The answer is a stream, which curl prints as it arrives. */
  isStream?: boolean;
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

/** An assertion with the value that was found. */
export interface Finding {
  what: string;
  expected: unknown;
  found: unknown;
}

interface Explained {
  heading: string;
  why: string;
  /** An interactive demo does not pause before this step. */
  follows?: boolean;
  /** Left out when the demo has no webhooks. */
  needsWebhooks?: boolean;
}

/** A step that sends a request and checks its response. */
export interface RequestStep extends Explained {
  request: (story: Story) => HttpRequest;
  checks: (story: Story) => readonly Check[];
  /** Repeats the request until this holds. */
  until?: (answer: Answer, story: Story) => boolean;
  /** A member of the response for later requests, and its shell variable. */
  keep?: { member: string; as: string };
  /** Stores other values of the response for later steps. */
  remember?: (answer: Answer, story: Story) => void;
  /** The printed part of a long response. */
  excerpt?: (answer: Answer) => unknown;
}

/** A step that shows what arrived in the background. */
export interface ArrivalStep extends Explained {
  /** The request whose answer arrived. */
  command?: (story: Story) => HttpRequest;
  /** Prints what arrives, and returns what must hold then. */
  show: (story: Story) => Promise<readonly Finding[]>;
}

export type Step = RequestStep | ArrivalStep;

/** The member of a JSON body at a dotted path, such as `data.0.status`. */
export function at(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], body);
}
