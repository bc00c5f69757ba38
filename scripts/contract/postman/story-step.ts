import { type ServiceName } from '../contracts';

/** One request of the Postman collection. */
export interface StoryStep {
  /** Unique in the collection. */
  readonly name: string;
  readonly service: ServiceName;
  /** The `operationId` in the service's contract. */
  readonly operation: string;
  /** JSON; by default the example of the contract. */
  readonly body?: unknown;
  /** Sent as `application/x-www-form-urlencoded` instead of JSON. */
  readonly form?: Readonly<Record<string, string>>;
  /** Path parameters that are not in the variable of the same name. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** JavaScript that runs before the request. */
  readonly before?: readonly string[];
  /** The accepted statuses. */
  readonly status: readonly number[];
  /** JavaScript that runs after the answer; `body` is its JSON, or null. */
  readonly tests?: readonly string[];
  /** Members of the answer that later requests use: variable to member. */
  readonly keep?: Readonly<Record<string, string>>;
  /** JavaScript condition: the request is repeated a few times a second until it holds. */
  readonly until?: string;
}

export interface StoryFolder {
  readonly name: string;
  readonly description: string;
  readonly steps: readonly StoryStep[];
}

/** The collection variables with their initial values. */
export const STORY_VARIABLES: Readonly<Record<string, string>> = {
  order_url: 'http://localhost:3001',
  delivery_url: 'http://localhost:3002',
  client_id: 'demo-operator',
  client_secret: 'demo-secret',
  access_token: '',
  run: '',
  idempotency_key: '',
  order_id: '',
  shipment_id: '',
  cancel_id: '',
  events_cursor: '',
  next_status: 'SHIPPED',
  new_client_id: '',
  new_client_secret: '',
  new_client_token: '',
  endpoint_id: '',
  event_id: '',
  replay_id: '',
  replay_from: '',
  product_id: '',
  reservation_id: '',
  name: 'orders-queue.fifo',
};

/** The carrier may have advanced the shipment first: then the step is refused with this code. */
export const ACCEPTED_OR_ILLEGAL_TRANSITION = [
  "if (pm.response.code === 409) pm.test('is refused because of the status', () => pm.expect(body.code).to.equal('illegal_transition'));",
];

/** An order of one item for a customer of this run. */
export const orderOf = (customer: string, product: string, price: number) => ({
  customer_id: `${customer}-{{run}}`,
  items: [{ product_id: product, quantity: 1, unit_price: price }],
});
