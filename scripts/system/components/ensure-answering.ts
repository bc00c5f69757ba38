import { OperatorError } from '../operator-error';
import { type Component } from './component';

/** @throws OperatorError that names the components that do not answer, and how to start them */
export async function ensureAnswering(components: readonly Component[]): Promise<void> {
  const answers = await Promise.all(components.map((component) => component.isHealthy()));
  const silent = components.filter((_, index) => answers[index] !== true);
  if (silent.length === 0) return;
  const places = silent.map(({ name, host, port }) => `${name} (${host}:${String(port)})`).join(', ');
  throw new OperatorError(
    `No answer from ${places}: start it first, or everything with ./scripts/manage-system.sh up.`,
  );
}
