import { expect } from 'chai';
import { mediansOf } from './medians';
import { milliseconds, percentilesOf, perSecond, type Measurement } from './measurement';
import { secondsOf } from './process-usage';
import { gaugeIn } from './service-metrics';
import { slopeOf } from './slope';

const measured = (name: string, throughput: number, p50: number): Measurement => ({
  name,
  figures: { throughput: perSecond(throughput, 'orders'), p50: milliseconds(p50) },
  processes: [],
  notes: [],
});

describe('the figures of the benchmark', () => {
  it('given values in any order, when percentiles are taken, then each is one of the values, by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentilesOf(values)).to.deep.equal({ p50: 50, p95: 95, p99: 99, max: 100 });
  });

  it('given one value, then every percentile is that value; given none, then NaN', () => {
    expect(percentilesOf([7])).to.deep.equal({ p50: 7, p95: 7, p99: 7, max: 7 });
    expect(percentilesOf([]).p50).to.be.NaN;
  });

  it('given three runs, then each figure is the median of its own values', () => {
    const [create] = mediansOf([
      [measured('create', 100, 9)],
      [measured('create', 300, 3)],
      [measured('create', 200, 30)],
    ]);
    expect(create?.figures).to.deep.equal({ throughput: perSecond(200, 'orders'), p50: milliseconds(9) });
  });

  it('given two runs and a scenario that ran once, then the mean of two values, and the single value unchanged', () => {
    const medians = mediansOf([
      [measured('create', 100, 1), measured('soak', 5, 5)],
      [measured('create', 300, 2)],
    ]);
    expect(medians.map(({ name, figures }) => [name, figures['throughput']?.value])).to.deep.equal([
      ['create', 200],
      ['soak', 5],
    ]);
  });

  it('given points on a line with noise that cancels out, then the slope is that of the line', () => {
    expect(slopeOf([0, 1, 2, 3].map((x) => [x, 10 + 2 * x + (x % 3 === 0 ? 1 : -1)]))).to.be.closeTo(2, 1e-9);
  });

  it('given the metrics of a service, then a gauge is found by its whole name', () => {
    const text =
      'events_unpublished_total 9\n# TYPE events_unpublished gauge\nevents_unpublished{service="a"} 3\n';
    expect(gaugeIn(text, 'events_unpublished')).to.equal(3);
    expect(gaugeIn(text, 'events')).to.be.NaN;
  });

  it('given the CPU time of ps, in each of its forms, then it is read as seconds', () => {
    expect(['0:01.50', '12:03', '01:00:00', '2-03:00:01'].map(secondsOf)).to.deep.equal([
      1.5, 723, 3_600, 183_601,
    ]);
  });
});
