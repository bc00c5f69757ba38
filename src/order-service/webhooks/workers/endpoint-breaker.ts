import CircuitBreaker from 'opossum';

/** The circuit breaker of one endpoint. */
export interface EndpointBreaker {
  readonly opened: boolean;
  readonly halfOpen: boolean;
  /**
   * Makes a request and counts whether its answer is a failure of the endpoint.
   *
   * @returns `refused`: the circuit breaker is open, nothing was sent.
   */
  request<T>(send: () => Promise<T>, isFailure: (answer: T) => boolean): Promise<{ answer: T } | 'refused'>;
  close(): void;
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

class FailedAnswer extends Error {
  constructor(readonly answer: unknown) {
    super('the request failed');
  }
}

export function createEndpointBreaker(): EndpointBreaker {
  const breaker = new CircuitBreaker((work: () => Promise<unknown>) => work(), BREAKER);
  return {
    get opened() {
      return breaker.opened;
    },
    get halfOpen() {
      return breaker.halfOpen;
    },
    async request<T>(send: () => Promise<T>, isFailure: (answer: T) => boolean) {
      try {
        return { answer: (await breaker.fire(() => failing(send, isFailure))) as T };
      } catch (error) {
        if (error instanceof FailedAnswer) return { answer: error.answer as T };
        if (CircuitBreaker.isOurError(error as Error)) return 'refused';
        throw error;
      }
    },
    close: () => breaker.shutdown(),
  };
}

/** A failed answer rejects, so that the breaker counts it. */
async function failing<T>(work: () => Promise<T>, isFailure: (answer: T) => boolean): Promise<T> {
  const answer = await work();
  if (isFailure(answer)) throw new FailedAnswer(answer);
  return answer;
}
