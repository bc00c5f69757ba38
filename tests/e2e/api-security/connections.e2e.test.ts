import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { send } from '../../support/api-client';
import { countCases } from '../../support/count-cases';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';

const PER_ADDRESS = 1_000;

describe('API security: silent connections', function () {
  this.timeout(60_000);
  const sockets: Socket[] = [];
  let service: ServiceProcess | undefined;
  const count = countCases('connections');
  afterEach(async () => {
    sockets.splice(0).forEach((socket) => socket.destroy());
    await service?.kill('SIGKILL');
    count();
  });

  async function start(name: 'order-service' | 'delivery-service'): Promise<ServiceProcess> {
    service = await serviceProcess(name, await testEnvironment({ LOG_LEVEL: 'error' }));
    await service.start();
    return service;
  }

  async function open(url: string, localAddress: string): Promise<Socket> {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress });
    sockets.push(socket);
    socket.on('error', () => undefined);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]).catch(() => undefined);
    return socket;
  }

  it(`given ${PER_ADDRESS + 300} silent connections of one address, then ${PER_ADDRESS} stay open, and other addresses are served`, async () => {
    const { url } = await start('order-service');
    for (let n = 0; n < PER_ADDRESS + 300; n += 100)
      await Promise.all([...Array(100)].map(() => open(url, '127.0.0.2')));
    await eventually(() => expect(sockets.filter(({ closed }) => closed).length).to.be.at.least(300));
    for (let n = 0; n < 20; n += 1) expect((await send(`${url}/health/live`, 'GET')).status).to.equal(200);
  });

  for (const name of ['order-service', 'delivery-service'] as const) {
    it(`given silent connections to the ${name}, then SIGTERM stops it cleanly, long before their timeout`, async () => {
      const { url, kill, exitCode } = await start(name);
      await Promise.all([...Array(5)].map(() => open(url, '127.0.0.1')));
      const startedAt = performance.now();
      await kill('SIGTERM');
      expect(await exitCode()).to.equal(0);
      expect(performance.now() - startedAt).to.be.below(9_000);
    });
  }
});
