import { expect } from 'chai';
import { createDatabase, type ServiceDatabase } from '../../../src/shared/postgres/database';
import { type Logger } from '../../../src/shared/observability/logger';
import { createRedisConnection, type RedisConnection } from '../../../src/shared/redis/redis-client';
import { createRedisSignal, type RedisSignal } from '../../../src/shared/redis/redis-signal';
import { startTcpProxy, type TcpProxy } from '../../chaos/tcp-proxy';
import { createTestDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { testInfrastructure } from '../../support/mocha-hooks';
import { silentLogger } from '../../support/service-pair';

const LIMITS = {
  DATABASE_POOL_MAX: 2,
  DATABASE_CONNECT_TIMEOUT_MS: 5_000,
  DATABASE_QUERY_TIMEOUT_MS: 5_000,
  DATABASE_PREPARED_STATEMENTS: true,
};

const USER = 'signal-test';

interface Party {
  signal: RedisSignal;
  heard: number;
}

describe('a signal between processes', () => {
  let link: TcpProxy;
  let databases: ServiceDatabase[];
  const connections: RedisConnection[] = [];
  const parties: Party[] = [];
  before(async () => {
    const { redisUrl } = await testInfrastructure();
    link = await startTcpProxy([Number(new URL(redisUrl).port)]);
    const urls = [await createTestDatabase('order-service'), await createTestDatabase('order-service')];
    databases = urls.map((url) => createDatabase(url, 'signals', LIMITS, silentLogger));
  });
  after(async () => {
    await Promise.all(databases.map((db) => db.stop()));
    await link.stop();
  });
  afterEach(async () => {
    link.heal();
    await Promise.all(parties.splice(0).map(({ signal }) => signal.stop()));
    await Promise.all(connections.splice(0).map((connection) => connection.stop()));
  });

  async function join(db = databases[0]!, logger = silentLogger, credentials = ''): Promise<Party> {
    const connection = createRedisConnection(`redis://${credentials}127.0.0.1:${link.port}`, silentLogger);
    connections.push(connection);
    await connection.start();
    const onSignal = (): void => void (party.heard += 1);
    const party: Party = {
      signal: createRedisSignal({ connection, db, name: 'test', onSignal, logger }),
      heard: 0,
    };
    parties.push(party);
    return party;
  }

  /** A subscription takes effect in the background, so the signal is repeated. */
  const untilHeard = (from: Party, by: Party): Promise<void> =>
    eventually(() => {
      from.signal.send();
      expect(by.heard).to.be.above(0);
    });

  it('given two processes that listen, then each receives the signals of the other, and not its own', async () => {
    const [one, other] = [await join(), await join()];
    one.signal.listen(true);
    other.signal.listen(true);
    await untilHeard(one, other);
    expect(one.heard).to.equal(0);
    await untilHeard(other, one);
  });

  it('given a process that does not listen any more, then it receives nothing', async () => {
    const [one, other, witness] = [await join(), await join(), await join()];
    other.signal.listen(true);
    await untilHeard(one, other);
    other.signal.listen(false);
    witness.signal.listen(true);
    await untilHeard(one, witness);
    [other.heard, witness.heard] = [0, 0];
    await untilHeard(one, witness);
    expect(other.heard).to.equal(0);
  });

  it('given another installation on the same Redis, then it receives nothing', async () => {
    const [one, other, witness] = [await join(), await join(databases[1]), await join()];
    other.signal.listen(true);
    witness.signal.listen(true);
    await untilHeard(await join(databases[1]), other);
    expect(witness.heard).to.equal(0);
    await untilHeard(one, witness);
  });

  it('given connections that break, then sending fails silently, and signals arrive again afterwards', async () => {
    const [one, other] = [await join(), await join()];
    other.signal.listen(true);
    await untilHeard(one, other);
    link.break('reset');
    for (let n = 0; n < 5; n += 1) one.signal.send();
    link.heal();
    other.heard = 0;
    await untilHeard(one, other);
  });

  it('given Redis that refuses the subscription, then one warning, and the connection is kept for later subscriptions', async () => {
    const warnings: string[] = [];
    const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) };
    const one = await join();
    const admin = connections[0]!.redis;
    await admin.call('ACL', 'SETUSER', USER, 'reset', 'on', 'nopass', '~*', '+@all', 'resetchannels');
    const idsOfUser = async (): Promise<string[]> => {
      const list = (await admin.call('CLIENT', 'LIST')) as string;
      return list.split('\n').flatMap((line) => (line.includes(` user=${USER} `) ? line.split(' ', 1) : []));
    };
    try {
      const refused = await join(undefined, logger, `${USER}:x@`);
      refused.signal.listen(true);
      await eventually(() => expect(warnings).to.deep.equal(['redis refuses subscriptions; readers poll']));
      const ids = await idsOfUser();
      expect(ids).to.have.length(2);
      refused.signal.listen(true);
      await admin.call('ACL', 'SETUSER', USER, 'allchannels');
      refused.signal.listen(true);
      await untilHeard(one, refused);
      expect(await idsOfUser()).to.deep.equal(ids);
      expect(warnings).to.have.length(1);
    } finally {
      await admin.call('ACL', 'DELUSER', USER);
    }
  });

  it('given Redis that cannot be reached at first, then the process listens once it can', async () => {
    link.break('reset');
    const other = await join();
    other.signal.listen(true);
    link.heal();
    await untilHeard(await join(), other);
  });
});
