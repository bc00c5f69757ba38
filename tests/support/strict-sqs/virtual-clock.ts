/** The clock of a simulated queue, which only the test advances. */
export interface VirtualClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Advances the time by seconds; visibility timeouts, long polls and retention that end by then take effect. */
  advance(seconds: number): void;
  onAdvance(listener: () => void): void;
}

export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  const listeners: (() => void)[] = [];
  let now = startMs;
  return {
    now: () => now,
    advance(seconds) {
      now += seconds * 1_000;
      for (const listener of listeners) listener();
    },
    onAdvance: (listener) => void listeners.push(listener),
  };
}
