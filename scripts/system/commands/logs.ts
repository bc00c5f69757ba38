import { once } from 'node:events';
import { join } from 'node:path';
import { followFile } from '../logs/follow-file';
import { readableLine } from '../logs/readable-line';
import { OperatorError } from '../operator-error';
import { type Settings } from '../settings';
import { allComponents, currentSystem } from '../system';
import { styled } from '../terminal';

const COLOURS = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;
const TAIL_BYTES = 4096;

/** Shows the end of the logs and then whatever is added, until Ctrl-C. */
export async function logs(settings: Settings, args: readonly string[]): Promise<number> {
  const names = allComponents(currentSystem(settings))
    .filter(({ control }) => control !== null)
    .map(({ name }) => name);
  const chosen = args.length === 0 ? names : names.filter((name) => args.includes(name));
  if (chosen.length === 0)
    throw new OperatorError(`There is no log of ${args.join(', ')}: choose from ${names.join(', ')}.`);
  const width = Math.max(...chosen.map((name) => name.length));
  const ends = chosen.map((name) => {
    const prefix = styled(COLOURS[names.indexOf(name)] ?? 'white', `${name.padEnd(width)} |`);
    return followFile(join(settings.stateFolder, 'logs', `${name}.log`), TAIL_BYTES, (line) =>
      console.log(`${prefix} ${readableLine(line)}`),
    );
  });
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM'), once(process.stdout, 'error')]);
  for (const end of ends) end();
  return 0;
}
