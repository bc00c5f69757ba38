import { type Settings } from '../settings';
import { down } from './down';
import { up } from './up';

/** Stops everything and starts it again, with the sources as they are now. */
export async function restart(settings: Settings): Promise<number> {
  await down(settings);
  return up(settings);
}
