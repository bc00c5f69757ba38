import { expect } from 'chai';
import { PORT_SHARE } from '../../scripts/system/tests/port-share';
import { freePorts } from './free-ports';

describe('free ports', () => {
  const { env } = process;
  beforeEach(() => (process.env = { ...env }));
  afterEach(() => (process.env = env));

  it('given requests at the same time and one after the other, then no port is chosen twice', async () => {
    const atOnce = await Promise.all(Array.from({ length: 100 }, () => freePorts(2)));
    const ports = [...atOnce.flat(), ...(await freePorts(100))];
    expect(new Set(ports).size).to.equal(300);
  });

  it('given a share, then all ports are of that share', async () => {
    for (const index of [0, 1, 2]) {
      process.env[PORT_SHARE] = `${String(index)}/3`;
      const ports = await freePorts(50);
      expect(ports.filter((port) => (port - 10_000) % 3 !== index)).to.deep.equal([]);
      expect(Math.max(...ports) - Math.min(...ports), 'spread').to.be.above(1_000);
    }
  });
});
