import { expect } from 'chai';
import { runBench } from '../bench/bench';
import { readOptions } from '../bench/options';

const SECONDS = 3;

describe('npm run bench', function () {
  this.timeout(120_000);

  it('given two scenarios, when they run briefly, then each has figures, a floor, and the usage of the processes', async () => {
    const said: string[] = [];
    const duration = ['--runs', '1', '--seconds', String(SECONDS), '--warm-up', '1'];
    const options = readOptions(['create', 'get', ...duration]);
    const report = await runBench(options, (line) => said.push(line));
    const names = report.medians.map(({ name }) => name);
    expect(names).to.deep.equal([
      'create at 32 connections',
      'create at 256 connections',
      'create from stock at 32',
      'create from stock at 256',
      'get',
    ]);
    for (const { name, figures, processes, notes } of report.medians) {
      for (const figure of ['throughput', 'p50', 'p95', 'p99', 'floor', 'ratio'])
        expect(figures[figure]?.value, `${figure} of ${name}`).to.be.above(0);
      // While the database stalls, orders are refused with 503; any other error is a fault.
      const [answered = 0, refused] = ['throughput', 'errors'].map((figure) => figures[figure]?.value);
      expect(refused, `errors of ${name}`).to.be.below(answered * SECONDS);
      for (const note of notes.filter((text) => text.startsWith('errors')))
        expect(note, name).to.match(/^errors: 503 ×\d+$/);
      const measured = processes.map((process) => process.name);
      expect(measured).to.deep.equal(['order service', 'postgres', 'redis', 'sqs', 'load generator']);
      for (const { name: process, peakMemoryBytes } of processes)
        expect(peakMemoryBytes, process).to.be.above(1_000_000);
    }
    expect(said.join('\n')).to.include('create, run 1 of 1').and.to.include('get, run 1 of 1');
  });
});
