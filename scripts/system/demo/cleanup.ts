import { messageOf } from '../../../src/shared/errors';

/** Removes what the demo created, when it ends in any way. */
export interface Cleanup {
  add(action: () => Promise<unknown>): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs work, then the actions that it added, the last one first: also when the work fails, or when a signal ends this process. A second
 * signal ends the process at once.
 */
export async function withCleanup<T>(work: (cleanup: Cleanup) => Promise<T>): Promise<T> {
  const actions: (() => Promise<unknown>)[] = [];
  const run = async (): Promise<void> => {
    for (let action = actions.pop(); action; action = actions.pop())
      await action().catch((error: unknown) =>
        console.error(`The demo left something behind: ${messageOf(error)}`),
      );
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    ignoreSignals();
    void run().finally(() => process.kill(process.pid, signal));
  };
  const ignoreSignals = (): void => SIGNALS.forEach((signal) => void process.off(signal, onSignal));
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    return await work({ add: (action) => void actions.push(action) });
  } finally {
    await run();
    ignoreSignals();
  }
}
