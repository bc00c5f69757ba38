import { expect } from 'chai';
import { runChaos, type ChaosResult } from '../chaos/chaos';
import { type FaultKind } from '../chaos/fault-kinds';
import { readOptions, type Sabotage } from '../chaos/options';
import { summaryOf } from '../chaos/report';

const run = (...args: string[]): Promise<ChaosResult> => runChaos(readOptions(args), () => undefined);

const invariantsOf = ({ breaches }: ChaosResult): string[] => [
  ...new Set(breaches.map(({ invariant }) => invariant.split(' ')[0]!)),
];

describe('chaos', function () {
  this.timeout(240_000);

  it('given a minute of faults of every kind, then nothing is lost, nothing is doubled, and every invariant holds', async () => {
    const result = await run('--seed', '20261', '--orders', '600', '--minutes', '1');
    expect(result.breaches, summaryOf(result)).to.deep.equal([]);
    expect(new Set(result.faults.map(({ kind }) => kind)).size).to.be.at.least(12);
  });

  const sabotages: [name: Sabotage, only: FaultKind[], broken: string[]][] = [
    ['no-inbox', ['kill-delivery-service'], ['I3', 'I5']],
    ['mark-before-send', ['kill-order-service', 'kill-delivery-service'], ['I3', 'I4']],
    ['position-cursor', ['flush-redis'], ['I3', 'I4']],
  ];
  for (const [sabotage, only, broken] of sabotages) {
    it(`given ${sabotage}, then the harness reports what it breaks`, async () => {
      const options = [
        '--sabotage',
        sabotage,
        '--only',
        only.join(','),
        '--orders',
        '800',
        '--minutes',
        '0.4',
      ];
      const found = invariantsOf(await run(...options));
      expect(
        found.some((invariant) => broken.includes(invariant)),
        found.join(' '),
      ).to.equal(true);
    });
  }
});
