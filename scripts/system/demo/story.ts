import { type DemoSecrets } from './demo-secrets';
import { type OrderWatch } from './watch-order';

/** What the steps of a demo know so far. */
export interface Story {
  readonly orderUrl: string;
  readonly deliveryUrl: string;
  /** Of the clients that the demo calls as. */
  readonly secrets: DemoSecrets;
  /** Different at every run, so that the keys and customers of earlier runs are not met again. */
  readonly run: string;
  /** Tokens and ids by the name of the shell variable that the curl lines use for them. */
  readonly variables: Record<string, string>;
  /** The body of the order that the demo follows, as it was answered first. */
  firstAnswer: string;
  watch: OrderWatch | null;
}

export interface HttpRequest {
  method: 'GET' | 'POST';
  url: string;
  /** The shell variable that holds the token, such as TOKEN. */
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** A string of the body that is shown as the shell variable that holds it. */
  secret?: { value: string; variable: string };
}

export interface Answer {
  status: number;
  statusText: string;
  headers: Headers;
  text: string;
  /** The JSON of the body; its members are looked up by path. */
  body: unknown;
}

/** One thing that an answer must be. */
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
  /** Asks again until this holds. */
  until?: (answer: Answer) => boolean;
  /** A member of the answer that later requests use, and the name of the shell variable for it. */
  keep?: { member: string; as: string };
  /** What else later steps need of the answer. */
  remember?: (answer: Answer, story: Story) => void;
  /** Shows something before the request, and takes as long as that takes. */
  before?: (story: Story) => Promise<void>;
  /** What is shown of an answer that is too long. */
  excerpt?: (answer: Answer) => unknown;
  /** The step belongs to the one before: an interactive demo does not pause in between. */
  follows?: boolean;
}

/** The member of a JSON body at a dotted path, such as `data.0.status`. */
export function at(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | null)?.[name], body);
}
