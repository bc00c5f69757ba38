import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import sinon from 'sinon';
import { healthCheck } from '../../scripts/system/commands/health-check';
import { deadLetters } from '../../scripts/system/commands/dead-letters';
import { env } from '../../scripts/system/commands/env';
import { stateOf } from '../../scripts/system/components/component-state';
import { ownServerFault } from '../../scripts/system/components/own-server-fault';
import { startInstance } from '../../scripts/system/instance/start-instance';
import { freePorts } from '../support/free-ports';
import { recordProcess } from '../../scripts/system/processes/process-record';
import { readSettings, type Settings } from '../../scripts/system/settings';
import { currentSystem } from '../../scripts/system/system';

describe('the state of a component of this copy', () => {
  let project: string;
  let service: Server;
  let answer: { status: number; body: unknown };
  let settings: Settings;

  beforeEach(async () => {
    project = mkdtempSync(join(tmpdir(), 'component-'));
    service = createServer((_request, response) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(answer.body));
    }).listen(0, '127.0.0.1');
    await once(service, 'listening');
    const [deliveryPort, postgresPort, redisPort, sqsPort] = await freePorts(4);
    const port = (service.address() as AddressInfo).port;
    const ports = {
      ORDER_SERVICE_PORT: String(port),
      DELIVERY_SERVICE_PORT: String(deliveryPort),
      POSTGRES_PORT: String(postgresPort),
      REDIS_PORT: String(redisPort),
      SQS_PORT: String(sqsPort),
    };
    settings = startInstance(readSettings(project, { ...ports, INFRA: 'local' }), 'local');
  });

  afterEach(() => {
    sinon.restore();
    service.close();
    rmSync(project, { recursive: true });
  });

  const orderService = () => currentSystem(settings).services[0]!;
  const health = (instanceId?: string | null, status = 200) => {
    answer = { status, body: { status: 'up', service: 'order-service', instance_id: instanceId } };
  };
  const fault = async () => (await stateOf(settings, orderService())).fault;

  it('given its own process and instance id, then it is healthy, unless it cannot serve requests', async () => {
    recordProcess(settings.stateFolder, 'order-service', process.pid);
    health(settings.instanceId);
    expect(await fault()).to.equal(null);
    health(settings.instanceId, 503);
    expect(await fault()).to.match(/^cannot serve requests/);
  });

  it('given another system on its port, then it is not healthy, and the other instance is named', async () => {
    recordProcess(settings.stateFolder, 'order-service', process.pid);
    health('0123456789ab');
    expect(await fault()).to.match(/is answered by another copy of the system \(instance 0123456789ab\)$/);
    health(undefined);
    expect(await fault()).to.match(/is answered by another copy of the system \(instance unknown\)$/);
    for (const body of [{ status: 'up' }, null, 'text', { service: 'delivery-service' }]) {
      answer = { status: 200, body };
      expect(await fault()).to.match(/is answered by another program$/);
    }
  });

  it('given a stopped copy and another copy on its ports, then no command uses the other copy', async () => {
    health('0123456789ab');
    const lines = sinon.stub(console, 'log');
    expect(await healthCheck(settings, { json: false, elsewhere: {} })).to.equal(1);
    lines.restore();
    expect(lines.args.flat().join('\n')).to.match(
      /^This copy of the system is not running: .* up\. order-service: port \d+ is used by another program/,
    );

    const refused = await deadLetters(settings, ['drop', '--all']).catch((error: unknown) => error);
    expect((refused as Error).message).to.contain('is answered by another copy of the system');
    expect(() => env(settings, { services: false })).to.throw(/is not up/);
  });

  it('given running infrastructure and another copy on the port of a service, then no URL is printed', async () => {
    recordProcess(settings.stateFolder, 'postgres', process.pid);
    health('0123456789ab');
    const lines = sinon.stub(console, 'log');
    const refused = await env(settings, { services: false }).catch((error: unknown) => error);
    lines.restore();
    expect((refused as Error).message).to.match(
      /^The order-service of this copy does not answer at .*health-check/,
    );
    expect(lines.args).to.deep.equal([]);
  });

  it('given a shell that already has the variables of a service, then they are printed again', async () => {
    recordProcess(settings.stateFolder, 'postgres', process.pid);
    const printed = async (given: Settings): Promise<string[]> => {
      const lines = sinon.stub(console, 'log');
      await env(given, { services: true });
      lines.restore();
      return lines.args.flat().map(String);
    };
    const first = await printed(settings);
    const shell = parseEnv(first.join('\n').replaceAll('export ', ''));
    expect(shell).to.include({ INSTANCE_ID: settings.instanceId!, AWS_ACCESS_KEY_ID: 'local' });
    const again = readSettings(project, { ...settings.ownEnvironment, ...shell, EDITOR: 'vi' });
    expect((await printed(again)).sort()).to.deep.equal(first.sort());
  });

  it('given a service that was started from a shell with the variables of the copy, then it is part of the copy', async () => {
    health(settings.instanceId);
    expect(await stateOf(settings, orderService())).to.deep.equal({ process: null, fault: null });
  });

  it('given a local server, then its own process must listen on the port, even if another process answers', async () => {
    const server: TcpServer = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const answers = () => Promise.resolve(null);

    expect(await ownServerFault(process.pid, port, answers)).to.equal(null);
    expect(await ownServerFault(process.ppid, port, answers)).to.contain('does not listen on port');
    const silent = () => Promise.resolve('no answer in time');
    expect(await ownServerFault(process.pid, port, silent)).to.equal(
      `does not answer on port ${String(port)} (no answer in time)`,
    );
    server.close();
  });
});
