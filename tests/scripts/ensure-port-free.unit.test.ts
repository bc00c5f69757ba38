import { expect } from 'chai';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { OperatorError } from '../../scripts/system/operator-error';
import { ensurePortFree } from '../../scripts/system/processes/ensure-port-free';

describe('ensurePortFree', () => {
  let holder: Server;
  let port: number;

  beforeEach(async () => {
    holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    port = (holder.address() as AddressInfo).port;
  });

  afterEach(() => holder.close());

  it('given a taken port, then one line names port, holder and variable', async () => {
    const fault = await ensurePortFree('127.0.0.1', port, 'SQS_PORT').catch((error: unknown) => error);

    expect(fault).to.be.instanceOf(OperatorError);
    const { message, details } = fault as OperatorError;
    expect(message).to.match(
      new RegExp(`^Port ${String(port)} is taken by pid ${String(process.pid)} \\(.*node.*\\)`),
    );
    expect(message).to.contain('SQS_PORT').and.not.contain('\n');
    expect(details).to.deep.equal([]);
  });

  for (const [host, reason] of [
    ['no-such-host.invalid', 'the host name has no address'],
    ['192.0.2.1', 'it is not an address of this machine'],
  ])
    it(`given ${String(host)} to listen on, then one line names HOST and not the port's variable`, async () => {
      const fault = await ensurePortFree(String(host), port, 'SQS_PORT').catch((error: unknown) => error);

      expect((fault as OperatorError).message).to.equal(
        `Nothing can listen on ${String(host)} (${String(reason)}): set HOST to an address of this machine.`,
      );
    });

  it('given a port that has become free, then there is no error and the port stays free', async () => {
    await once(holder.close(), 'close');

    await ensurePortFree('127.0.0.1', port, 'SQS_PORT');
    await ensurePortFree('127.0.0.1', port, 'SQS_PORT');
  });
});
