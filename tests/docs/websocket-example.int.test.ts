import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startServicePair, type ServicePair } from '../support/service-pair';

const run = promisify(execFile);

describe('the example of a WebSocket', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair();
  });
  after(() => pair.stop());

  const example = (...parts: string[]) =>
    run(process.execPath, ['demo/websocket.mjs', ...parts], {
      env: { ...process.env, ORDER_URL: pair.orderUrl },
      timeout: 60_000,
    });

  it('given no argument, then it places an order, prints each version of it once, and ends with its final status', async () => {
    const { stdout } = await example();
    const lines = stdout.trim().split('\n');
    const orderId = /[\w-]{36}/.exec(stdout)?.[0];
    const versions = lines.map((line) => Number(/version (\d+)/.exec(line)?.[1]));
    expect(versions).to.deep.equal(versions.map((_, index) => index + versions[0]!));
    expect(lines.at(-1)).to.match(/DELIVERED|RETURNED/);
    const { stdout: later } = await example(orderId!);
    expect(later.trim()).to.equal(lines.at(-1));
  }).timeout(120_000);

  it('given an order that the client does not have, then it says so and ends', async () => {
    const { stdout } = await example('01a1fc42-fc03-72fd-b531-1111a4fbee12');
    expect(stdout).to.match(/^order_not_found: /);
  });
});
