import CircuitBreaker from 'opossum';
import { createConcurrencyLimit } from '../../../shared/resilience/concurrency-limit';
import { type LoadBudget } from '../../../shared/runtime/load-budget';
import { type Room } from '../domain/delivery';

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
  breaker: CircuitBreaker<[() => Promise<unknown>]>;
}

/** The breaker opens when more than half of the recent requests failed, and then lets one through after this time, in milliseconds. */
const BREAKER_RESET_MS = 5_000;
const BREAKER = {
  timeout: false,
  errorThresholdPercentage: 50,
  volumeThreshold: 10,
  rollingCountTimeout: 30_000,
  rollingCountBuckets: 3,
  resetTimeout: BREAKER_RESET_MS,
} as const;

/** The deliveries of an endpoint that a process takes, as a multiple of the requests at a time. */
export const TAKEN_PER_REQUEST = 2;

/** An endpoint gets at most this share of the free places, so that endpoints that hang leave room for others. */
const SHARE = 1 / 8;

/** How long to wait for the budget of a busy process. */
const THROTTLED_MS = 50;

const FORGOTTEN_AFTER_MS = 60_000;

class WaitedTooLong extends Error {}

class FailedAnswer extends Error {
  constructor(readonly answer: unknown) {
    super('the request failed');
  }
}

export function createEndpointLanes({ perEndpoint, total, budget }: LaneOptions): EndpointLanes {
  const lanes = new Map<string, Lane>();
  const marks = new Set<string>();
  const limit = createConcurrencyLimit({
    max: perEndpoint,
    maxWaiting: Number.MAX_SAFE_INTEGER,
    maxWaitMs: 0,
    refusal: () => new WaitedTooLong(),
  });
  const mostTaken = perEndpoint * TAKEN_PER_REQUEST;
  let taken = 0;
  let isStopped = false;

  function laneOf(endpointId: string): Lane {
    const lane = lanes.get(endpointId) ?? { taken: 0, usedAt: 0, breaker: createBreaker() };
    lanes.set(endpointId, lane);
    lane.usedAt = performance.now();
    return lane;
  }

  const freeInAll = (): number => (isStopped ? 0 : Math.min(Math.max(0, total - taken), budget.available()));
  const usualRoom = (): number => Math.min(mostTaken, Math.ceil(freeInAll() * SHARE));

  function roomOf(endpointId: string): number {
    const lane = lanes.get(endpointId);
    if (!lane) return usualRoom();
    if (lane.breaker.opened) return 0;
    const most = lane.breaker.halfOpen ? 1 : mostTaken;
    return Math.max(0, Math.min(usualRoom(), most - lane.taken));
  }

  return {
    room() {
      const ofLanes = [...lanes.keys()].map((id) => [id, roomOf(id)] as const);
      // Deliveries that are due already go first.
      const ofMarked = [...marks].map((id) => [id, 0] as const);
      return { usual: usualRoom(), exceptions: new Map([...ofLanes, ...ofMarked]), total: freeInAll() };
    },
    roomOf,
    markMore: (endpointIds) => endpointIds.forEach((id) => marks.add(id)),
    takeMarks() {
      const open = [...marks].map((id) => [id, roomOf(id)] as const).filter(([, room]) => room > 0);
      for (const [id] of open) marks.delete(id);
      return new Map(open);
    },
    waitForMarks() {
      if ([...marks].some((id) => roomOf(id) > 0)) return 0;
      return marks.size > 0 && budget.available() === 0 ? THROTTLED_MS : null;
    },
    async occupy(endpointId, work) {
      const lane = laneOf(endpointId);
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
    async request<T>({ endpointId, send, isFailure, maxWaitMs, signal }: LaneRequest<T>) {
      const { breaker } = laneOf(endpointId);
      try {
        const fire = () => breaker.fire(() => failing(send, isFailure));
        return { answer: (await limit({ key: endpointId, signal, maxWaitMs }, fire)) as T };
      } catch (error) {
        if (error instanceof FailedAnswer) return { answer: error.answer as T };
        if (error instanceof WaitedTooLong || error === signal.reason) return 'late';
        if (CircuitBreaker.isOurError(error as Error)) return 'refused';
        throw error;
      }
    },
    prune() {
      const before = performance.now() - FORGOTTEN_AFTER_MS;
      for (const [id, lane] of lanes)
        if (lane.taken === 0 && lane.usedAt < before) {
          lane.breaker.shutdown();
          lanes.delete(id);
        }
    },
    stopTaking() {
      isStopped = true;
    },
    close: () => lanes.forEach(({ breaker }) => breaker.shutdown()),
  };
}

const createBreaker = (): Lane['breaker'] =>
  new CircuitBreaker((work: () => Promise<unknown>) => work(), BREAKER);

/** A failed answer rejects, so that the breaker counts it. */
async function failing<T>(work: () => Promise<T>, isFailure: (answer: T) => boolean): Promise<T> {
  const answer = await work();
  if (isFailure(answer)) throw new FailedAnswer(answer);
  return answer;
}
