import { recordedProcess } from '../../processes/process-record';
import { type Settings } from '../../settings';
import { allComponents, type System } from '../../system';
import { commandLine } from '../../terminal';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/**
 * On a termination signal, prints which components are still running and exits.
 * @returns a function that removes the signal handlers
 */
export function onInterrupt(settings: Settings, system: System): () => void {
  const end = (signal: NodeJS.Signals): void => {
    console.error(`\n${whatIsLeft(settings, system)}`);
    stopWatching();
    process.kill(process.pid, signal);
  };
  const stopWatching = (): void => SIGNALS.forEach((signal) => process.off(signal, end));
  SIGNALS.forEach((signal) => process.on(signal, end));
  return stopWatching;
}

/** One line with the running components, how to stop them, and how to continue. */
export function whatIsLeft({ stateFolder }: Settings, system: System): string {
  const running: string[] = allComponents(system)
    .filter(({ name }) => recordedProcess(stateFolder, name) !== null)
    .map(({ name }) => name);
  if (system.infra === 'docker') running.push('the containers in Docker');
  if (running.length === 0) return 'Interrupted. Nothing is left running.';
  return (
    `Interrupted. Left running: ${running.join(', ')}. ` +
    `Stop them with ${commandLine('down')}, or continue with ${commandLine('up')}.`
  );
}
