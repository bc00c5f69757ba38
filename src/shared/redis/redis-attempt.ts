import CircuitBreaker from 'opossum';

/** Runs Redis commands as long as that makes sense: while Redis keeps failing it is not even asked. */
export interface RedisAttempt {
  /** @throws Error at once when Redis is known to be away, else within 150 ms. */
  run<T>(command: () => Promise<T>): Promise<T>;
  stop(): void;
}

export function createRedisAttempt(): RedisAttempt {
  const breaker = new CircuitBreaker((command: () => Promise<unknown>) => command(), {
    timeout: 150,
    errorThresholdPercentage: 50,
    volumeThreshold: 3,
    resetTimeout: 1_000,
    // A refusal comes as fast as an answer, and says nothing about other commands.
    errorFilter: (error: Error) => error.name === 'ReplyError',
  });
  return {
    run: <T>(command: () => Promise<T>) => breaker.fire(command) as Promise<T>,
    stop: () => breaker.shutdown(),
  };
}
