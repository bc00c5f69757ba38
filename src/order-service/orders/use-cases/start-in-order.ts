/** The place of a task among tasks that run at the same time and whose actions must start in order. */
export interface PlaceInOrder {
  /** Starts an action of the task once every earlier task has started one or has ended. */
  start<T>(action: () => Promise<T>): Promise<T>;
  /** Ends the task, whether or not it has started an action. */
  end(): void;
}

/** For a task without others. */
export const ALONE: PlaceInOrder = { start: (action) => action(), end: () => undefined };

/** @returns a function that gives each task its place, in the order of the calls. */
export function startsInOrder(): () => PlaceInOrder {
  let previous: Promise<unknown> = Promise.resolve();
  return () => {
    const earlier = previous;
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    previous = Promise.all([earlier, released]);
    return {
      async start(action) {
        await earlier;
        const result = action();
        release();
        return result;
      },
      end: () => release(),
    };
  };
}
