import { rmSync } from 'node:fs';
import { expect } from 'chai';
import { buildIfNeeded } from '../../../scripts/system/preparation/build';
import { readSettings } from '../../../scripts/system/settings';
import { runChaos, type ChaosResult } from '../../chaos/chaos';
import { type FaultKind } from '../../chaos/fault-kinds';
import { readOptions, type Sabotage } from '../../chaos/options';
import { STREAMS_COMPLETE, WEBHOOKS_COMPLETE } from '../../chaos/readers/readers-agree';
import { summaryOf } from '../../chaos/report';
import { BOOKS_AGREE } from '../../chaos/stock/stock-invariants';
import { PROJECT } from '../../support/production-stack/instance';

const run = (...args: string[]): Promise<ChaosResult> => runChaos(readOptions(args), () => undefined);

const invariantsOf = ({ breaches }: ChaosResult): string[] => [
  ...new Set(breaches.map(({ invariant }) => invariant)),
];

const acceptedOf = ({ history }: ChaosResult): number =>
  [...history.orders.values()].filter(({ orderId }) => orderId !== null).length;

describe('chaos', function () {
  this.timeout(600_000);
  before(() => buildIfNeeded(readSettings(PROJECT)));

  it('given a minute of faults of every kind, then nothing is lost, nothing is doubled, and every invariant holds', async () => {
    const result = await run('--seed', '20261', '--orders', '600', '--minutes', '1');
    expect(result.breaches, summaryOf(result)).to.deep.equal([]);
    expect(new Set(result.faults.map(({ kind }) => kind)).size).to.be.at.least(12);
  });

  const sabotages: [name: Sabotage, only: FaultKind, minutes: string, broken: string[]][] = [
    ['no-inbox', 'kill-delivery-service', '0.3', ['I3 no order has two shipments']],
    // On a busy machine a restart takes so long that there are two kills in 0.3 minutes, and both may meet no event on its way.
    [
      'mark-before-send',
      'kill-order-service',
      '0.6',
      ['I3 every order has a shipment', 'I4 every order ends'],
    ],
    ['no-stock-lock', 'flush-redis', '0.3', [BOOKS_AGREE]],
    ['position-cursor', 'flush-redis', '0.3', ['I4 every order ends', STREAMS_COMPLETE, WEBHOOKS_COMPLETE]],
  ];

  for (const [sabotage, only, minutes, broken] of sabotages) {
    it(`given the sabotage ${sabotage}, then the harness reports what it breaks, while most orders go their way`, async () => {
      const result = await run(
        '--sabotage',
        sabotage,
        '--only',
        only,
        '--orders',
        '400',
        '--minutes',
        minutes,
      );
      // A broken run keeps its logs, for whoever did not expect it.
      rmSync(result.folder, { recursive: true, force: true });
      expect(invariantsOf(result), summaryOf(result)).to.include.members(broken);
      // A system that does nothing at all breaks most invariants, too.
      expect(result.fulfilled, summaryOf(result)).to.be.at.least(acceptedOf(result) / 2);
    });
  }
});
