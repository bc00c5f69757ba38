import { availableParallelism, loadavg } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How busy the machine was. All links go through the process of the harness: when it is late, services run into their time limits. */
export interface MachineFigures {
  cores: number;
  /** The average number of runnable processes in the last minute, of the whole machine. */
  load: number;
  /** By how much the event loop of the harness was late, in milliseconds. */
  lateP99: number;
  lateMax: number;
}

const RESOLUTION_MS = 10;

/** @returns ends the observation. */
export function observeMachine(): () => MachineFigures {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return () => {
    delays.disable();
    const late = (nanoseconds: number): number => Math.max(0, Math.round(nanoseconds / 1e6 - RESOLUTION_MS));
    return {
      cores: availableParallelism(),
      load: loadavg()[0] ?? 0,
      lateP99: late(delays.percentile(99)),
      lateMax: late(delays.max),
    };
  };
}
