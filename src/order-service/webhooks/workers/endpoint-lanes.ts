import { createConcurrencyLimit } from '../../../shared/resilience/concurrency-limit';
import { type LoadBudget } from '../../../shared/runtime/load-budget';
import { type Room } from '../domain/delivery';
import { createEndpointBreaker, type EndpointBreaker } from './endpoint-breaker';

export interface LaneOptions extends LaneLimits {
  /** Limits the deliveries that are taken by the load of the process. */
  budget: LoadBudget;
}

export interface LaneLimits {
  /** Requests to one endpoint at a time. */
  perEndpoint: number;
  /** Taken deliveries of all endpoints together. */
  total: number;
}

/**
 * The deliveries that a process has taken, by endpoint: how many there may be, how many of them are being requested at a time, and a circuit
 * breaker for each endpoint. As many as are requested may wait, so that one that ends is followed by another at once.
 */
export interface EndpointLanes {
  /** For deliveries of any endpoint. */
  room(): Omit<Room, 'leaseMs'>;
  /** For one endpoint. */
  roomOf(endpointId: string): number;
  /** Remembers that endpoints have due deliveries that were not taken. */
  markMore(endpointIds: readonly string[]): void;
  /** The room of the endpoints that {@link markMore} has marked, except those without room, and removes their marks. */
  takeMarks(): Map<string, number>;
  /** When a marked endpoint may have room, in milliseconds from now; null when only the end of a request can give it room. */
  waitForMarks(): number | null;
  /** Occupies the place of one delivery while `work` runs. */
  occupy<T>(endpointId: string, work: () => Promise<T>): Promise<T>;
  /**
   * Makes one request, when fewer than the limit run, through the circuit breaker.
   *
   * @returns the reason why nothing was done: too many requests ran until the end of the wait, or the circuit breaker is open.
   */
  request<T>(request: LaneRequest<T>): Promise<{ answer: T } | 'late' | 'refused'>;
  /** Forgets endpoints without requests. */
  prune(): void;
  /** From now on there is no room. */
  stopTaking(): void;
  close(): void;
}

export interface LaneRequest<T> {
  endpointId: string;
  send: () => Promise<T>;
  /** Whether an answer counts against the endpoint. */
  isFailure: (answer: T) => boolean;
  maxWaitMs: number;
  /** Ends the wait. */
  signal: AbortSignal;
}

interface Lane {
  taken: number;
  usedAt: number;
  breaker: EndpointBreaker;
}

/** The deliveries of an endpoint that a process takes, as a multiple of the requests at a time. */
export const TAKEN_PER_REQUEST = 2;

/** An endpoint gets at most this share of the free places, so that endpoints that hang leave room for others. */
const SHARE = 1 / 8;

/** How long to wait for the budget of a busy process. */
const THROTTLED_MS = 50;

const FORGOTTEN_AFTER_MS = 60_000;

class WaitedTooLong extends Error {}

export function createEndpointLanes(options: LaneOptions): EndpointLanes {
  const lanes = createLanes();
  const places = createPlaces(lanes, options);
  const marks = new Set<string>();
  const limit = createConcurrencyLimit({
    max: options.perEndpoint,
    maxWaiting: Number.MAX_SAFE_INTEGER,
    maxWaitMs: 0,
    refusal: () => new WaitedTooLong(),
  });

  return {
    room() {
      const ofLanes = lanes.ids().map((id) => [id, places.roomOf(id)] as const);
      // Deliveries that are due already go first.
      const ofMarked = [...marks].map((id) => [id, 0] as const);
      return {
        usual: places.usualRoom(),
        exceptions: new Map([...ofLanes, ...ofMarked]),
        total: places.free(),
      };
    },
    roomOf: places.roomOf,
    markMore: (endpointIds) => endpointIds.forEach((id) => marks.add(id)),
    takeMarks() {
      const open = [...marks].map((id) => [id, places.roomOf(id)] as const).filter(([, room]) => room > 0);
      for (const [id] of open) marks.delete(id);
      return new Map(open);
    },
    waitForMarks() {
      if ([...marks].some((id) => places.roomOf(id) > 0)) return 0;
      return marks.size > 0 && options.budget.available() === 0 ? THROTTLED_MS : null;
    },
    occupy: places.occupy,
    async request({ endpointId, send, isFailure, maxWaitMs, signal }) {
      const { breaker } = lanes.of(endpointId);
      try {
        return await limit({ key: endpointId, signal, maxWaitMs }, () => breaker.request(send, isFailure));
      } catch (error) {
        if (error instanceof WaitedTooLong || error === signal.reason) return 'late';
        throw error;
      }
    },
    prune: () => lanes.prune(),
    stopTaking: () => places.stop(),
    close: () => lanes.close(),
  };
}

/** The places for taken deliveries: of each endpoint, and of all together. */
function createPlaces(lanes: Lanes, { perEndpoint, total, budget }: LaneOptions) {
  const mostTaken = perEndpoint * TAKEN_PER_REQUEST;
  let taken = 0;
  let isStopped = false;

  const free = (): number => (isStopped ? 0 : Math.min(Math.max(0, total - taken), budget.available()));
  const usualRoom = (): number => Math.min(mostTaken, Math.ceil(free() * SHARE));
  return {
    free,
    usualRoom,
    roomOf(endpointId: string): number {
      const lane = lanes.find(endpointId);
      if (!lane) return usualRoom();
      if (lane.breaker.opened) return 0;
      const most = lane.breaker.halfOpen ? 1 : mostTaken;
      return Math.max(0, Math.min(usualRoom(), most - lane.taken));
    },
    async occupy<T>(endpointId: string, work: () => Promise<T>): Promise<T> {
      const lane = lanes.of(endpointId);
      lane.taken += 1;
      taken += 1;
      budget.spend(1);
      try {
        return await work();
      } finally {
        lane.taken -= 1;
        taken -= 1;
      }
    },
    stop() {
      isStopped = true;
    },
  };
}

type Lanes = ReturnType<typeof createLanes>;

/** The lanes of the endpoints with recent requests. */
function createLanes() {
  const lanes = new Map<string, Lane>();
  return {
    find: (endpointId: string) => lanes.get(endpointId),
    ids: () => [...lanes.keys()],
    of(endpointId: string): Lane {
      const lane = lanes.get(endpointId) ?? { taken: 0, usedAt: 0, breaker: createEndpointBreaker() };
      lanes.set(endpointId, lane);
      lane.usedAt = performance.now();
      return lane;
    },
    prune() {
      const before = performance.now() - FORGOTTEN_AFTER_MS;
      for (const [id, lane] of lanes)
        if (lane.taken === 0 && lane.usedAt < before) {
          lane.breaker.close();
          lanes.delete(id);
        }
    },
    close: () => lanes.forEach(({ breaker }) => breaker.close()),
  };
}
