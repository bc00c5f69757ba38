import { expect } from 'chai';
import { milliseconds, perSecond, type Figure, type Measurement } from './measurement';
import { readOptions } from './options';
import { ratiosOf, ratiosTable } from './ratios';
import { reportOf } from './report';

const measured = (name: string, figures: Record<string, Figure>): Measurement => ({
  name,
  figures,
  processes: [],
  notes: [],
});

const create = (throughput: number, p50: number): Measurement =>
  measured('create', { throughput: perSecond(throughput, 'orders'), p50: milliseconds(p50) });

describe('the ratios of two builds', () => {
  it('given three runs of each, then each ratio is that of the medians, beside the ratio of each run', () => {
    const against = [[create(100, 10)], [create(200, 20)], [create(50, 5)]];
    const present = [[create(150, 5)], [create(180, 20)], [create(160, 1)]];
    const [throughput, p50] = ratiosOf(against, present);
    expect(throughput).to.deep.equal({
      measurement: 'create',
      figure: 'throughput',
      against: perSecond(100, 'orders'),
      present: perSecond(160, 'orders'),
      ratio: 1.6,
      ofRuns: [1.5, 0.9, 3.2],
    });
    expect(p50).to.deep.include({ against: milliseconds(10), present: milliseconds(5), ratio: 0.5 });
  });

  it('given figures or measurements that one build lacks, then they have no ratio', () => {
    const floor = { floor: perSecond(9, 'orders') };
    expect(ratiosOf([[measured('create', {})]], [[measured('create', floor)]])).to.deep.equal([]);
    expect(ratiosOf([[]], [[create(1, 1)]])).to.deep.equal([]);
  });

  it('given a scenario that ran only once, then the ratio is that of this run', () => {
    const soak = (value: number): Measurement => measured('soak', { memory: milliseconds(value) });
    const ratios = ratiosOf(
      [[create(1, 1), soak(4)], [create(1, 1)]],
      [[create(2, 1), soak(6)], [create(2, 1)]],
    );
    expect(ratios.map(({ ratio, ofRuns }) => [ratio, ofRuns.length])).to.deep.equal([
      [2, 2],
      [1, 2],
      [1.5, 1],
    ]);
  });

  it('given no errors in both builds, then the ratio is 1; given errors only now, then it is infinite', () => {
    const errors = (value: number) => [
      [measured('create', { errors: { value, unit: '', better: 'lower' } })],
    ];
    expect(ratiosOf(errors(0), errors(0)).map(({ ratio }) => ratio)).to.deep.equal([1]);
    expect(ratiosOf(errors(0), errors(2)).map(({ ratio }) => ratio)).to.deep.equal([Infinity]);
  });

  it('given the table, then a line has both medians, the ratio and the range of the runs', () => {
    const table = ratiosTable(
      ratiosOf([[create(100, 10)], [create(200, 10)]], [[create(150, 5)], [create(180, 5)]]),
    );
    const [throughput, p50] = table.split('\n');
    expect(throughput).to.match(
      /^create: throughput +150 orders\/s +165 orders\/s +1\.10 +\(0\.90 to 1\.50\)$/,
    );
    expect(p50).to.match(/^create: p50 +10 ms +5 ms +0\.50 +\(0\.50 to 0\.50\)$/);
  });

  it('given a report, then it keeps every run of the commit, its medians and the ratios', () => {
    const options = { ...readOptions(['create']), against: 'abc' };
    const [present, against] = [[[create(150, 5)]], [[create(100, 10)]]];
    const report = reportOf(options, '15.1', { present, against });
    expect(report.against).to.deep.include({ commit: 'abc', runs: against, medians: against[0] });
    expect(report.against?.ratios).to.have.length(2);
    expect(reportOf({ ...options, against: null }, '15.1', { present, against: [[]] }).against).to.equal(
      null,
    );
  });
});
