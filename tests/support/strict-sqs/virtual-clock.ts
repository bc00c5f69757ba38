/** The time of a simulated queue: it stands still until the test moves it. */
export interface VirtualClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Moves the time on, in seconds; what it ends (leases, long polls, retention) ends now. */
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
