import { stateOf } from '../components/component-state';
import { agreedSettings } from '../instance/settings-in-force';
import { currentSystem, allComponents } from '../system';
import { type Settings } from '../settings';
import { report, styled } from '../terminal';

/** Asks every component of this copy, wherever it runs, and says for each in a line how it is. */
export async function healthCheck(given: Settings): Promise<number> {
  const settings = agreedSettings(given);
  const answers = await Promise.all(
    allComponents(currentSystem(settings)).map(async (component) => {
      const { fault } = await stateOf(settings, component);
      const verdict = fault === null ? styled('green', 'healthy') : styled('red', fault);
      report(component.name, `${verdict} (${component.host}:${String(component.port)})`);
      return fault === null;
    }),
  );
  return answers.every(Boolean) ? 0 : 1;
}
