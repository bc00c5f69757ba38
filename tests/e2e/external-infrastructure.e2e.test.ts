import { expect } from 'chai';
import { createEmptyDatabase } from '../support/databases';
import { managedSystem, type ManagedSystem } from '../support/managed-system';
import { testInfrastructure } from '../support/mocha-hooks';
import { countRows, rowsOf } from '../support/rows';

describe('manage-system.sh with external infrastructure', function () {
  this.timeout(240_000);
  let system: ManagedSystem;
  let database: string;
  before(async () => {
    const { redisUrl, sqsEndpoint } = await testInfrastructure();
    database = await createEmptyDatabase();
    system = await managedSystem({
      INFRA: 'external',
      NODE_ENV: 'production',
      ORDER_DATABASE_URL: database,
      DELIVERY_DATABASE_URL: await createEmptyDatabase(),
      REDIS_URL: redisUrl,
      SQS_ENDPOINT: sqsEndpoint,
      QUEUE_NAME_PREFIX: 'external-',
      AWS_ACCESS_KEY_ID: 'x',
      AWS_SECRET_ACCESS_KEY: 'x',
      CARRIER: 'manual',
      LOG_LEVEL: 'warn',
    });
  });
  after(() => system.remove());

  it('given the name of a missing database, when the system is started, then the database is not created', async () => {
    const wrong = database.replace(/\/[^/]+$/, '/mistyped');
    const { exitCode, stderr } = await system.manage(['up'], { ORDER_DATABASE_URL: wrong });
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain('Database mistyped').and.contain('setup-database.sh');
    expect(await rowsOf(database, `SELECT FROM pg_database WHERE datname = 'mistyped'`)).to.have.length(0);
  });

  it('when it is started for production, then it is up, and no demo client exists', async () => {
    const { exitCode, stdout, stderr } = await system.manage(['up']);
    expect(exitCode, stdout + stderr).to.equal(0);
    expect(stdout).to.contain('The system is up').and.contain('register-client').and.not.contain('demo');
    expect(await countRows(database, 'clients')).to.equal(0);
  });

  it('when the health is checked, then the servers of the URLs are checked, and one that is down is named with its variable', async () => {
    const healthy = await system.manage(['health-check']);
    expect([healthy.exitCode, healthy.stdout.trim().split('\n').at(-1)]).to.deep.equal([
      0,
      'All is healthy.',
    ]);
    const infrastructure = await testInfrastructure();
    await infrastructure.stopRedis();
    const { exitCode, stdout } = await system.manage(['health-check']);
    await infrastructure.startRedis();
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(
      /redis +failed +does not answer on 127\.0\.0\.1:\d+ \(it accepts no connections\); next: start the server that REDIS_URL names/,
    );
    expect(stdout).to.contain('1 failure, 1 consequence; orders are taken.');
  });

  it('when demo or dead-letters needs a client, then one sentence names the variables to set, and no request is sent', async () => {
    const demo = await system.manage(['demo']);
    expect([demo.exitCode, demo.stderr.trim().split('\n').length]).to.deep.equal([1, 1]);
    expect(demo.stderr).to.contain('INFRA=local');
    const letters = await system.manage(['dead-letters', 'list']);
    expect([letters.exitCode, letters.stderr.trim()]).to.deep.equal([
      1,
      'Set CLIENT_ID and CLIENT_SECRET to a client with the scope ops:manage.',
    ]);
  });

  it('when the system is reset, then the external data is unchanged', async () => {
    const { exitCode } = await system.manage(['reset', '--yes']);
    expect(exitCode).to.equal(0);
    expect(await countRows(database, 'orders')).to.equal(0);
    expect(await countRows(database, 'schema_migrations')).to.be.greaterThan(0);
  });
});
