import { composeUp } from '../infrastructure/docker-compose';
import { RedisMissing } from '../infrastructure/redis-program';
import { noteWithoutRedis } from '../instance/start-instance';
import { sideBySide } from '../processes/side-by-side';
import { type Settings } from '../settings';
import { report } from '../terminal';
import { type Component } from './component';
import { startComponents } from './start-components';

/**
 * Starts the components that are down. If no Redis program exists or can be installed, the system starts without Redis, unless the operator
 * named Redis.
 * @param asked the components that the operator named
 * @returns the settings, with `withoutRedis` set if Redis was not started
 */
export async function startInfrastructure(
  settings: Settings,
  components: readonly Component[],
  asked: readonly string[],
): Promise<Settings> {
  const isRedis = ({ name }: Component): boolean => name === 'redis';
  const [withRedis] = await sideBySide([
    startRedis(settings, components.filter(isRedis), asked),
    startComponents(
      settings,
      components.filter((component) => !isRedis(component)),
    ),
  ]);
  return withRedis;
}

/** Starts the containers of these components in Docker. */
export function startContainers(settings: Settings, components: readonly Component[]): void {
  const names = components.map(({ name }) => name);
  if (names.length > 0) composeUp(settings, names);
}

async function startRedis(
  settings: Settings,
  redis: readonly Component[],
  asked: readonly string[],
): Promise<Settings> {
  try {
    await startComponents(settings, redis);
    return settings;
  } catch (error) {
    if (!(error instanceof RedisMissing) || asked.includes('redis')) throw error;
    report('redis', `not started; rate limits and replay cache are kept in memory. ${error.message}`);
    return noteWithoutRedis(settings);
  }
}
