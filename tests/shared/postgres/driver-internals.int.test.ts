import { expect } from 'chai';
import { Pool, type PoolClient } from 'pg';
import {
  announcedProcessId,
  awaitedOnConnect,
  cancelTarget,
  singleStatement,
  socketOf,
  StartupClient,
  withQueryTimeout,
} from '../../../src/shared/postgres/driver-internals';
import { requestCancel } from '../../../src/shared/postgres/timed-statement';
import { createEmptyDatabase } from '../../support/databases';
import { eventually } from '../../support/eventually';
import { thrownBy } from '../../support/thrown-by';

/** Fails when a new version of `pg` no longer has what its types do not declare. */
describe('the parts of pg that its types do not declare', () => {
  let pool: Pool;
  let client: PoolClient;
  let settled = 0;
  before(async () => {
    const settle = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      settled += 1;
    };
    pool = new Pool({
      connectionString: await createEmptyDatabase(),
      onConnect: awaitedOnConnect(settle),
      Client: class extends StartupClient {
        protected override getStartupConf(): Record<string, string> {
          return { ...super.getStartupConf(), DateStyle: 'German' };
        }
      },
    });
    client = await pool.connect();
  });
  after(async () => {
    client.release();
    await pool.end();
  });

  it('given a new connection, then the pool has awaited the function before it handed the connection out', () => {
    expect(settled).to.equal(1);
  });

  it('given a connection, then the announced process is the one that answers', async () => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    expect(announcedProcessId(client)).to.equal(rows[0]?.pid);
  });

  it('given a further startup parameter, then the server has it beside those of the driver', async () => {
    const { rows } = await client.query<{ style: string; role: string }>(
      `SELECT current_setting('DateStyle') AS style, current_user AS role`,
    );
    expect(rows[0]).to.deep.equal({ style: 'German, DMY', role: 'postgres' });
  });

  it('given a single statement, then the server refuses a text with two, and can vacuum, which no transaction can', async () => {
    const two = await thrownBy(client.query(singleStatement('SELECT 1; SELECT 2')));
    expect(two).to.include({ code: '42601', routine: 'exec_parse_message' });
    expect(await client.query(singleStatement('VACUUM pg_class;'))).to.have.property('command', 'VACUUM');
  });

  it('given the target of a cancel request, when it is sent, then the running statement is cancelled', async () => {
    expect(cancelTarget(client)).to.include({ host: '127.0.0.1', port: Number(portOf(pool)) });
    let outcome: unknown;
    const running = client.query('SELECT pg_sleep(20)').then(
      () => (outcome = 'ended by itself'),
      (error: { code?: string }) => (outcome = error.code),
    );
    // A request that arrives before the statement has no effect.
    await eventually(async () => {
      await requestCancel(client);
      expect(outcome).to.equal('57014');
    });
    await running;
  });

  it('given the corked socket, then a statement is held until it is uncorked', async () => {
    const socket = socketOf(client);
    socket.cork();
    const answer = client.query<{ one: number }>('SELECT 1 AS one');
    expect(socket.writableLength).to.be.above(0);
    socket.uncork();
    expect((await answer).rows).to.deep.equal([{ one: 1 }]);
    expect(socket.writableLength).to.equal(0);
  });

  it('given a time limit for one statement, then the driver rejects it in time', async () => {
    const timed = await pool.connect();
    const error = await timed.query(withQueryTimeout({ text: 'SELECT pg_sleep(20)' }, 50)).then(
      () => null,
      (thrown: Error) => thrown,
    );
    expect(error?.message).to.equal('Query read timeout');
    await requestCancel(timed);
    timed.release(true);
  });
});

const portOf = ({ options }: Pool): string => new URL(String(options.connectionString)).port;
