import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { chartOf } from './chart';
import { compare } from './compare';
import { latencyFigures, perSecond, ratio, type Figure, type Measurement } from './measurement';
import { readOptions } from './options';
import { readReport, reportOf } from './report';
import { tableOf } from './table';

const withFigures = (figures: Record<string, Figure>): Measurement[] => [
  {
    name: 'create',
    figures,
    processes: [{ name: 'postgres', cpuSeconds: 1.25, peakMemoryBytes: 2 ** 20 }],
    notes: [],
  },
];

const throughput = (value: number): Measurement[] => withFigures({ throughput: perSecond(value, 'orders') });
const p50 = (value: number): Measurement[] =>
  withFigures({ p50: latencyFigures({ p50: value, p95: 0, p99: 0, max: 0 })['p50']! });

describe('a comparison of two reports', () => {
  const cases: [
    what: string,
    before: Measurement[],
    after: Measurement[],
    percent: number,
    isWorse: boolean,
  ][] = [
    ['a throughput that fell past the tolerance', throughput(1_000), throughput(840), -16, true],
    ['a throughput that fell within it', throughput(1_000), throughput(860), -14, false],
    ['a throughput that rose', throughput(1_000), throughput(3_000), 200, false],
    ['a latency that rose past it', p50(10), p50(12), 20, true],
    ['a latency that fell', p50(10), p50(5), -50, false],
    ['a latency that rose by a negligible amount', p50(0.5), p50(0.9), 80, false],
  ];
  for (const [what, before, after, percent, isWorse] of cases) {
    it(`given ${what}, then it is ${isWorse ? '' : 'not '}worse`, () => {
      const [change] = compare(before, after, 15);
      expect(change?.percent).to.be.closeTo(percent, 1e-6);
      expect(change?.isWorse).to.equal(isWorse);
    });
  }

  const besideFloor = (perSecondValue: number, floor: number): Measurement[] =>
    withFigures({
      throughput: perSecond(perSecondValue, 'orders'),
      floor: { ...perSecond(floor, 'orders'), better: null },
      ratio: ratio(perSecondValue / floor),
    });
  const withFloors: [what: string, after: Measurement[], isWorse: boolean][] = [
    ['a machine that was slower', besideFloor(500, 1_000), false],
    ['a floor that was faster', besideFloor(1_000, 4_000), false],
    ['a lower figure with the same floor', besideFloor(500, 2_000), true],
    ['a lower figure although the machine was faster', besideFloor(500, 3_000), true],
  ];
  for (const [what, after, isWorse] of withFloors) {
    it(`given half of the floor before, and now ${what}, then neither the figure nor its share is ${isWorse ? 'fine' : 'worse'}`, () => {
      const changes = compare(besideFloor(1_000, 2_000), after, 15);
      expect(changes.map((change) => change.isWorse)).to.deep.equal([isWorse, isWorse]);
    });
  }

  it('given errors where there were none, then that is worse, even for a single error', () => {
    const errors = (value: number) => withFigures({ errors: { value, unit: '', better: 'lower' } });
    expect(compare(errors(0), errors(1), 15).map(({ isWorse }) => isWorse)).to.deep.equal([true]);
    expect(compare(errors(0), errors(0), 15).map(({ isWorse }) => isWorse)).to.deep.equal([false]);
  });

  it('given figures without a direction, or in one report only, then they are not compared', () => {
    const floor = { floor: { ...perSecond(5_000, 'orders'), better: null } };
    expect(compare(withFigures(floor), withFigures(floor), 15)).to.deep.equal([]);
    expect(compare([], throughput(1), 15)).to.deep.equal([]);
  });
});

describe('a report of the benchmark', () => {
  const measurements = withFigures({
    throughput: perSecond(1_234.5, 'orders'),
    ...latencyFigures({ p50: 1.234, p95: 20, p99: Number.NaN, max: 40 }),
    floor: { ...perSecond(2_469, 'orders'), better: null },
    ratio: ratio(0.5),
    drained: { value: 12.34, unit: 's', better: 'lower' },
  });
  const report = reportOf(readOptions(['create']), '15.1', { present: [measurements], against: [] });

  it('given its file, when it is read, then the medians equal the written ones', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bench-report-'));
    const file = join(folder, 'report.json');
    writeFileSync(file, JSON.stringify(report));
    expect(readReport(file).medians).to.deep.equal(measurements);
    writeFileSync(file, '{}');
    expect(() => readReport(file)).to.throw(
      /^--compare cannot read .*: it is not a report of npm run bench$/,
    );
    expect(() => readReport(join(folder, 'none.json'))).to.throw(/^--compare cannot read .*ENOENT/);
    rmSync(folder, { recursive: true });
  });

  it('given its table, then a figure is in its column, or below with the usage of the processes', () => {
    const lines = tableOf(report.medians).split('\n');
    expect(lines[1]).to.match(/^create +1235 orders\/s +1.23 ms +20 ms +– +2469 orders\/s +0.50 of floor$/);
    expect(lines).to.include('  drained: 12.3 s').and.to.include('  postgres: 1.3 s CPU, 1 MB');
  });

  it('given its chart, then it is an SVG image with the names and values of the measurements', () => {
    const svg = chartOf(report);
    expect(svg).to.match(/^<svg /);
    for (const text of ['create', '1235 orders/s', '2469 orders/s', '0.50', 'PostgreSQL 15.1'])
      expect(svg).to.include(text);
    expect(() => chartOf({ ...report, medians: [] })).not.to.throw();
  });
});
