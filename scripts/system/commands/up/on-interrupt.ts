import { recordedProcess } from '../../processes/process-record';
import { type Settings } from '../../settings';
import { allComponents, type System } from '../../system';
import { commandLine } from '../../terminal';

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;

/**
 * When this process is told to end, it says what it leaves running, and ends.
 * @returns a function that ends the watch
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

/** One line that names the components that run, how to stop them, and how to go on. */
export function whatIsLeft({ stateFolder }: Settings, system: System): string {
  const running: string[] = allComponents(system)
    .filter(({ name }) => recordedProcess(stateFolder, name) !== null)
    .map(({ name }) => name);
  if (system.infra === 'docker') running.push('the containers in Docker');
  if (running.length === 0) return 'Interrupted. Nothing is left running.';
  return (
    `Interrupted. Left running: ${running.join(', ')}. ` +
    `Stop them with ${commandLine('down')}, or go on with ${commandLine('up')}.`
  );
}
