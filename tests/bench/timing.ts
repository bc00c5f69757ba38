export const pause = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

const POLL_SECONDS = 0.1;

/** Does something again and again, with a rest in between; `stop` waits for the last time and throws what it threw. */
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
