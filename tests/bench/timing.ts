export const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

const POLL_SECONDS = 0.1;

/** Repeats an action at an interval; `stop` waits for the last run and rethrows its error. */
export function poll(act: () => Promise<unknown>, restSeconds = POLL_SECONDS): { stop(): Promise<void> } {
  let isOver = false;
  const running = (async () => {
    while (!isOver) {
      await act();
      await pause(restSeconds);
    }
  })();
  running.catch(() => undefined);
  return {
    async stop() {
      isOver = true;
      await running;
    },
  };
}
