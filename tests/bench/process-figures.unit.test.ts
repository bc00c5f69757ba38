import { expect } from 'chai';
import { milliseconds } from './measurement';
import { memoryFigures, usageFigures } from './process-figures';

describe('the figures of the processes of the pipeline', () => {
  const processes = [
    { name: 'order service', cpuSeconds: 1, peakMemoryBytes: 100 * 2 ** 20 },
    { name: 'delivery service', cpuSeconds: 2, peakMemoryBytes: 50 * 2 ** 20 },
    { name: 'postgres', cpuSeconds: 4, peakMemoryBytes: 1 },
    { name: 'sqs', cpuSeconds: 8, peakMemoryBytes: 1 },
    { name: 'load generator', cpuSeconds: 16, peakMemoryBytes: 1 },
  ];

  it('given 1000 orders, then the CPU time of each process is per order, and the sum has the services and PostgreSQL', () => {
    expect(usageFigures(processes, 1_000)).to.deep.equal({
      'CPU for an order': milliseconds(7),
      'CPU of order service for an order': milliseconds(1),
      'CPU of delivery service for an order': milliseconds(2),
      'CPU of postgres for an order': milliseconds(4),
      'CPU of sqs for an order': milliseconds(8),
      'CPU of load generator for an order': { ...milliseconds(16), better: null },
    });
  });

  it('given the memory of all processes, then only that of the services is a figure', () => {
    expect(Object.entries(memoryFigures(processes)).map(([name, { value }]) => [name, value])).to.deep.equal([
      ['peak memory of order service', 100],
      ['peak memory of delivery service', 50],
    ]);
  });
});
