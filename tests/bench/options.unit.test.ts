import { expect } from 'chai';
import { usableCores } from './core-pinning';
import { readOptions } from './options';
import { SCENARIO_NAMES } from './scenario-names';

describe('the options of the benchmark', () => {
  it('given none, then all scenarios but instances run three times', () => {
    expect(readOptions([])).to.deep.equal({
      scenarios: SCENARIO_NAMES.filter((name) => name !== 'instances'),
      runs: 3,
      seconds: 10,
      warmUpSeconds: 8,
      backlog: 20_000,
      minutes: 10,
      units: 10_000,
      buyers: 20_000,
      products: 1_000_000,
      imported: 100_000,
      cores: null,
      variables: {},
      against: null,
      compare: null,
      tolerance: 15,
      profile: false,
      keep: false,
    });
  });

  it('given names of scenarios among options, then only those run', () => {
    const { scenarios, runs } = readOptions(['get', '--runs', '1', 'create']);
    expect({ scenarios, runs }).to.deep.equal({ scenarios: ['get', 'create'], runs: 1 });
  });

  it('given variables, then each is passed to the services, whatever characters its value has', () => {
    const { variables } = readOptions(['--set', 'WEB_CONCURRENCY=2', '--set', 'NODE_EXTRA=a=b']);
    expect(variables).to.deep.equal({ WEB_CONCURRENCY: '2', NODE_EXTRA: 'a=b' });
  });

  it('given the name of a scenario that does not run by default, then it runs', () => {
    const [core = 0] = usableCores();
    const { scenarios, cores } = readOptions(['instances', '--cores', String(core)]);
    expect({ scenarios, cores }).to.deep.equal({ scenarios: ['instances'], cores: [core] });
  });

  it('given a commit to compare with, then its full id is kept', () => {
    const resolve = (name: string): string => `the id of ${name}`;
    expect(readOptions(['--against', 'main'], resolve).against).to.equal('the id of main');
  });

  const faults: [args: string[], message: RegExp][] = [
    [['creat'], /^there is no scenario "creat", only create, replay/],
    [['--runs', '1.5'], /^--runs must be a whole number above 0, not "1.5"$/],
    [['--runs', '0'], /^--runs must be a whole number above 0/],
    [['--seconds', 'ten'], /^--seconds must be a number above 0, not "ten"$/],
    [['--units', '0.5'], /^--units must be a whole number above 0, not "0.5"$/],
    [['--tolerance', '-1'], /--tolerance/],
    [['--set', 'web=2'], /^--set must be NAME=VALUE, not "web=2"$/],
    [['--cores', '0,x'], /^--cores must be core numbers such as 0,1 or 0-3, not "0,x"$/],
    [['--fast'], /--fast/],
  ];
  for (const [args, message] of faults) {
    it(`given ${args.join(' ')}, then the error names the mistake`, () => {
      expect(() => readOptions(args)).to.throw(message);
    });
  }
});
