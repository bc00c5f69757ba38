import { expect } from 'chai';
import { bottleneckOf, corePlan } from './core-plan';
import { chosenCores, coresIn, usableCores } from './core-pinning';

describe('the cores of the scenario instances', () => {
  it('given a list of numbers and ranges, then it has each core once', () => {
    expect(coresIn('0-2,5')).to.deep.equal([0, 1, 2, 5]);
    expect(chosenCores('1,0-1', [0, 1])).to.deep.equal([1, 0]);
    expect(usableCores()).to.have.length.above(0);
  });

  const faults: [list: string, message: RegExp][] = [
    ['a', /^--cores must be core numbers such as 0,1 or 0-3, not "a"$/],
    ['', /^--cores must be core numbers/],
    ['0,', /^--cores must be core numbers/],
    ['0-5', /^--cores: 2, 3, 4, 5 cannot be used; this process may use 0, 1$/],
    ['1-0', /^--cores: 1-0 cannot be used/],
  ];
  for (const [list, message] of faults) {
    it(`given --cores "${list}" on a machine with two cores, then the error names the mistake`, () => {
      expect(() => chosenCores(list, [0, 1])).to.throw(message);
    });
  }

  it('given more cores than processes, then each process has its own core, and the others have the rest', () => {
    expect(corePlan(2, [0, 1, 2, 3], [0, 1, 2, 3, 4, 5])).to.deep.equal({
      orderServices: [0, 2],
      deliveryServices: [1, 3],
      others: [4, 5],
      isShared: false,
    });
  });

  it('given two cores for everything, then all processes share them', () => {
    expect(corePlan(2, [0, 1], [0, 1])).to.deep.equal({
      orderServices: [0, 0],
      deliveryServices: [1, 1],
      others: [0, 1],
      isShared: true,
    });
    expect(corePlan(1, [0, 1], [0, 1, 2]).isShared).to.equal(false);
  });

  const shares: [what: string, cores: Record<string, number>, usable: number, text: RegExp][] = [
    [
      'a process that uses its whole core',
      { 'order service': 0.97, postgres: 1.5, sqs: 0.2 },
      8,
      /^saturated: order service 0\.97 of one core each \(2\.67 of 8 cores in use\)$/,
    ],
    [
      'a busy machine',
      { 'order service': 0.6, postgres: 0.8, sqs: 0.5 },
      2,
      /^all cores are busy \(1\.90 of 2 cores in use\); most by postgres 0\.80, order service 0\.60, sqs 0\.50$/,
    ],
    [
      'reserves everywhere',
      { 'order service': 0.3, postgres: 1.2 },
      4,
      /^no process is saturated \(1\.50 of 4/,
    ],
  ];
  for (const [what, cores, usable, text] of shares) {
    it(`given ${what}, then the bottleneck says so`, () => {
      const list = Object.entries(cores).map(([name, share]) => ({ name, cores: share }));
      expect(bottleneckOf(list, usable)).to.match(text);
    });
  }
});
