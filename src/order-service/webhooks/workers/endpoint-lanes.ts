import CircuitBreaker from 'opossum';
import { type Room } from '../domain/delivery';

export interface LaneLimits {
  /** Requests to one endpoint at a time. */
  perEndpoint: number;
  /** Requests to all endpoints together. */
  total: number;
}

/** The requests of a process by endpoint: how many there may be, and a circuit breaker for each endpoint. */
export interface EndpointLanes {
  /** For deliveries of any endpoint. */
  room(): Omit<Room, 'leaseMs'>;
  /** For one endpoint. */
  roomOf(endpointId: string): number;
  /** Remembers that endpoints have due deliveries that were not taken. */
  markMore(endpointIds: readonly string[]): void;
  /** The room of the endpoints that {@link markMore} has marked, except those without room, and removes their marks. */
  takeMarks(): Map<string, number>;
  readonly hasMarks: boolean;
  /** Occupies the place of one request while `work` runs. */
  occupy<T>(endpointId: string, work: () => Promise<T>): Promise<T>;
  /**
   * Makes one request through the circuit breaker.
   *
   * @param isFailure whether its answer counts against the endpoint.
   * @returns null when the circuit breaker is open; then nothing was done.
   */
  request<T>(
    endpointId: string,
    send: () => Promise<T>,
    isFailure: (answer: T) => boolean,
  ): Promise<T | null>;
  readonly inFlight: number;
  /** Forgets endpoints without requests. */
  prune(): void;
  /** From now on there is no room. */
  stopTaking(): void;
  close(): void;
}

interface Lane {
  inFlight: number;
  usedAt: number;
  breaker: CircuitBreaker<[() => Promise<unknown>]>;
}

/** The breaker opens when half of the recent requests failed, and then lets one through after this time, in milliseconds. */
const BREAKER_RESET_MS = 5_000;
const BREAKER = {
  timeout: false,
  errorThresholdPercentage: 50,
  volumeThreshold: 10,
  rollingCountTimeout: 30_000,
  rollingCountBuckets: 3,
  resetTimeout: BREAKER_RESET_MS,
} as const;

/** An endpoint gets at most this share of the free requests, so that endpoints that hang leave room for others. */
const SHARE = 1 / 8;

const FORGOTTEN_AFTER_MS = 60_000;

class FailedAnswer extends Error {
  constructor(readonly answer: unknown) {
    super('the request failed');
  }
}

export function createEndpointLanes({ perEndpoint, total }: LaneLimits): EndpointLanes {
  const lanes = new Map<string, Lane>();
  const marks = new Set<string>();
  let inFlight = 0;
  let isStopped = false;

  function laneOf(endpointId: string): Lane {
    const lane = lanes.get(endpointId) ?? { inFlight: 0, usedAt: 0, breaker: createBreaker() };
    lanes.set(endpointId, lane);
    lane.usedAt = performance.now();
    return lane;
  }

  const freeInAll = (): number => (isStopped ? 0 : Math.max(0, total - inFlight));
  const usualRoom = (): number => Math.min(perEndpoint, Math.ceil(freeInAll() * SHARE));

  function roomOf(endpointId: string): number {
    const lane = lanes.get(endpointId);
    if (!lane) return usualRoom();
    if (lane.breaker.opened) return 0;
    const most = lane.breaker.halfOpen ? 1 : perEndpoint;
    return Math.max(0, Math.min(usualRoom(), most - lane.inFlight));
  }

  return {
    room() {
      const exceptions = new Map(
        [...lanes.keys()].map((id) => [id, marks.has(id) ? 0 : roomOf(id)] as const),
      );
      return { usual: usualRoom(), exceptions, total: freeInAll() };
    },
    roomOf,
    markMore: (endpointIds) => endpointIds.forEach((id) => marks.add(id)),
    takeMarks() {
      const open = [...marks].map((id) => [id, roomOf(id)] as const).filter(([, room]) => room > 0);
      for (const [id] of open) marks.delete(id);
      return new Map(open);
    },
    get hasMarks() {
      return marks.size > 0;
    },
    async occupy(endpointId, work) {
      const lane = laneOf(endpointId);
      lane.inFlight += 1;
      inFlight += 1;
      try {
        return await work();
      } finally {
        lane.inFlight -= 1;
        inFlight -= 1;
      }
    },
    async request<T>(endpointId: string, send: () => Promise<T>, isFailure: (answer: T) => boolean) {
      try {
        return (await laneOf(endpointId).breaker.fire(() => failing(send, isFailure))) as T;
      } catch (error) {
        if (error instanceof FailedAnswer) return error.answer as T;
        if (CircuitBreaker.isOurError(error as Error)) return null;
        throw error;
      }
    },
    get inFlight() {
      return inFlight;
    },
    prune() {
      const before = performance.now() - FORGOTTEN_AFTER_MS;
      for (const [id, lane] of lanes)
        if (lane.inFlight === 0 && lane.usedAt < before && lane.breaker.closed) {
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
