import { parseArgs } from 'node:util';
import { resolveCommit } from './builds/resolve-commit';
import { chosenCores } from './core-pinning';
import { ONLY_WHEN_NAMED, SCENARIO_NAMES, type ScenarioName } from './scenario-names';

export interface BenchOptions {
  scenarios: readonly ScenarioName[];
  /** Number of runs of each scenario; the medians are reported. */
  runs: number;
  /** Duration of each measurement. */
  seconds: number;
  /** Warm-up of each load for compilers, pools and caches. `pipeline` takes longer. */
  warmUpSeconds: number;
  /** Number of waiting orders in `backlog`. */
  backlog: number;
  /** The cores of the services in `instances`; null: all that this process may use. */
  cores: readonly number[] | null;
  /** Duration of `soak`. */
  minutes: number;
  /** Number of units that `flash-sale` sells. */
  units: number;
  /** Number of clients that want one of them each. */
  buyers: number;
  /** Number of products in `catalogue`. */
  products: number;
  /** Number of products that `catalogue` imports. */
  imported: number;
  /** Variables of the services beyond those of the stack. */
  variables: Readonly<Record<string, string>>;
  /** The full id of a commit that runs alternately with this tree. */
  against: string | null;
  /** The report of an earlier run to compare with. */
  compare: string | null;
  /** Allowed deterioration of a figure against that report, in per cent. */
  tolerance: number;
  /** The services write V8 CPU profiles. */
  profile: boolean;
  /** Keep the folder with the logs. */
  keep: boolean;
}

export const USAGE = `usage: npm run bench -- [scenario…] [options]
  scenario              of: ${SCENARIO_NAMES.join(' ')}
                        (all but ${ONLY_WHEN_NAMED.join(', ')})
  --runs N              how often each runs; medians are reported (3)
  --seconds N           for how long each load is measured (10)
  --warm-up N           for how many seconds it runs before that (8); pipeline four times as long
  --backlog N           how many orders wait in backlog (20000)
  --minutes N           how long soak takes (10); it runs once
  --units N             how many units flash-sale sells (10000)
  --buyers N            how many buyers want one of them (20000)
  --products N          how many products catalogue has (1000000); it runs once
  --imported N          how many products it imports (100000)
  --cores LIST          the cores of the services in instances, such as 0,1 or 0-3 (all)
  --set NAME=VALUE      a variable of the services, for an experiment; may be repeated
  --against COMMIT      build that commit aside, run both alternately and show the ratio of each figure
  --compare FILE        show the change since that report; exit 1 when a figure is worse past the tolerance
  --tolerance PERCENT   for --compare (15)
  --profile             let the services write CPU profiles, below .local/bench/profiles
  --keep                keep the logs`;

const BY_DEFAULT = SCENARIO_NAMES.filter((name) => !ONLY_WHEN_NAMED.includes(name));

/** @throws Error with one line that names the invalid option */
export function readOptions(args: string[], resolve = resolveCommit): BenchOptions {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '10' },
      'warm-up': { type: 'string', default: '8' },
      backlog: { type: 'string', default: '20000' },
      minutes: { type: 'string', default: '10' },
      units: { type: 'string', default: '10000' },
      buyers: { type: 'string', default: '20000' },
      products: { type: 'string', default: '1000000' },
      imported: { type: 'string', default: '100000' },
      cores: { type: 'string' },
      against: { type: 'string' },
      set: { type: 'string', multiple: true, default: [] },
      compare: { type: 'string' },
      tolerance: { type: 'string', default: '15' },
      profile: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  return {
    scenarios: positionals.length === 0 ? BY_DEFAULT : positionals.map(scenarioName),
    runs: count('runs', values.runs),
    seconds: positive('seconds', values.seconds),
    warmUpSeconds: positive('warm-up', values['warm-up']),
    backlog: count('backlog', values.backlog),
    minutes: positive('minutes', values.minutes),
    units: count('units', values.units),
    buyers: count('buyers', values.buyers),
    products: count('products', values.products),
    imported: count('imported', values.imported),
    cores: values.cores === undefined ? null : chosenCores(values.cores),
    variables: Object.fromEntries(values.set.map(variable)),
    against: values.against === undefined ? null : resolve(values.against),
    compare: values.compare ?? null,
    tolerance: positive('tolerance', values.tolerance),
    profile: values.profile,
    keep: values.keep,
  };
}

function scenarioName(text: string): ScenarioName {
  const found = SCENARIO_NAMES.find((name) => name === text);
  if (!found) throw new Error(`there is no scenario "${text}", only ${SCENARIO_NAMES.join(', ')}`);
  return found;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${option} must be a number above 0, not "${text}"`);
  return value;
}

function count(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${option} must be a whole number above 0, not "${text}"`);
  return value;
}

function variable(text: string): [name: string, value: string] {
  const [, name, value] = /^([A-Z][A-Z0-9_]*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`--set must be NAME=VALUE, not "${text}"`);
  return [name, value];
}
