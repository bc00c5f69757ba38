import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { planLanes, readDurations, writeDurations } from '../../scripts/system/tests/plan-lanes';

describe('the lanes of the tests', () => {
  it('given durations, then the longest files are first, and the lanes take about the same time', () => {
    const durations = { a: 60, b: 50, c: 40, d: 30, e: 20, f: 10 };
    expect(planLanes(Object.keys(durations), durations, 2)).to.deep.equal([
      ['a', 'd', 'e'],
      ['b', 'c', 'f'],
    ]);
  });

  it('given files that have not run yet, then tests of faults and of the whole system are before the others', () => {
    const files = ['tests/a.unit.test.ts', 'tests/b.int.test.ts', 'tests/e2e/faults/c.e2e.test.ts'];
    expect(planLanes([...files, 'tests/e2e/d.e2e.test.ts'], {}, 1)).to.deep.equal([
      [
        'tests/e2e/faults/c.e2e.test.ts',
        'tests/e2e/d.e2e.test.ts',
        'tests/b.int.test.ts',
        'tests/a.unit.test.ts',
      ],
    ]);
  });

  it('given any files and durations, then each file is in one lane', () => {
    const timed = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.nat(100_000));
    fc.assert(
      fc.property(timed, fc.integer({ min: 1, max: 5 }), (durations, count) => {
        const files = Object.keys(durations);
        const lanes = planLanes(files, durations, count);
        expect(lanes).to.have.length(count);
        expect(lanes.flat().sort()).to.deep.equal(files.sort());
      }),
    );
  });

  it('given durations of an earlier run, then new ones replace those of the same files only', () => {
    const project = mkdtempSync(join(tmpdir(), 'lanes-'));
    expect(readDurations(project)).to.deep.equal({});
    writeDurations(project, { a: 1, b: 2 });
    writeDurations(project, { b: 3 });
    expect(readDurations(project)).to.deep.equal({ a: 1, b: 3 });
    rmSync(project, { recursive: true });
  });
});
