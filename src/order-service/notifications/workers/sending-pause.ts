/** Stops the sending of mails while the mail server cannot be used. */
export interface SendingPause {
  /** How long nothing may be sent, in milliseconds; 0: mails can be sent. */
  remainingMs(): number;
  /** The number of mails that may be sent at a time: after a pause one mail tests the server. */
  limit(usual: number): number;
  /** @param startedAt when the attempt began, of `performance.now()`. */
  failed(startedAt: number): void;
  succeeded(): void;
  /** Whether the last attempt could not use the server. */
  readonly isFailing: boolean;
}

const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 5 * 60_000;

/** The first failure pauses for 5 seconds; each further one, up to a success, for twice as long, at most for 5 minutes. */
export function createSendingPause(now: () => number = () => performance.now()): SendingPause {
  let failures = 0;
  let failedAt = 0;
  let until = 0;
  return {
    remainingMs: () => Math.max(0, until - now()),
    limit: (usual) => (failures === 0 ? usual : 1),
    failed(startedAt) {
      // Attempts that had begun before the pause say nothing new.
      if (failures > 0 && startedAt < failedAt) return;
      failures += 1;
      failedAt = now();
      until = failedAt + Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
    },
    succeeded() {
      failures = 0;
      until = 0;
    },
    get isFailing() {
      return failures > 0;
    },
  };
}
