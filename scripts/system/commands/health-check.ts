import { currentSystem, allComponents } from '../system';
import { type Settings } from '../settings';
import { report, styled } from '../terminal';

/** Asks every component, wherever it runs, and says for each in a line whether it answers. */
export async function healthCheck(settings: Settings): Promise<number> {
  const answers = await Promise.all(
    allComponents(currentSystem(settings)).map(async ({ name, host, port, isHealthy }) => {
      const healthy = await isHealthy();
      const verdict = healthy ? styled('green', 'healthy') : styled('red', 'does not answer as it should');
      report(name, `${verdict} (${host}:${String(port)})`);
      return healthy;
    }),
  );
  return answers.every(Boolean) ? 0 : 1;
}
