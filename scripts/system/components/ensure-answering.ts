import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { commandLine } from '../terminal';
import { type Component } from './component';
import { isUsable } from './component-state';

/** @throws OperatorError that names the components that do not answer, and how to start them */
export async function ensureAnswering(settings: Settings, components: readonly Component[]): Promise<void> {
  const answers = await Promise.all(components.map((component) => isUsable(settings, component)));
  const silent = components.filter((_, index) => answers[index] !== true);
  if (silent.length === 0) return;
  const places = silent.map(({ name, host, port }) => `${name} (${host}:${String(port)})`).join(', ');
  throw new OperatorError(
    `No answer from ${places}: start it first, or everything with: ${commandLine('up')}`,
  );
}
