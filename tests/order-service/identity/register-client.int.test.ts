import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { builtProgram } from '../../support/built-program';
import { basic, postForm } from '../../support/oauth';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const run = promisify(execFile);

describe('registering the first client on the command line', () => {
  let pair: ServicePair;
  before(async () => (pair = await startServicePair()));
  after(() => pair.stop());

  const register = async (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    run('node', [await builtProgram('order-service/register-client'), ...args], {
      env: { ...process.env, ...pair.environment },
    });
  const refused = (...args: string[]): Promise<string> =>
    register(...args).then(
      ({ stdout }) => `not refused: ${stdout}`,
      (error: { stderr: string }) => error.stderr,
    );

  it('given an id and scopes, then the printed secret gets a token with these scopes', async () => {
    const { stdout } = await register('operations', 'client:manage', 'ops:manage');
    const [, secret = ''] = /^client_secret=(\S+)$/m.exec(stdout) ?? [];
    const form = { grant_type: 'client_credentials' };
    const answer = await postForm(`${pair.orderUrl}/auth/token`, form, basic('operations', secret));
    expect([answer.status, answer.body.scope]).to.deep.equal([200, 'client:manage ops:manage']);
  });

  it('given an id that is taken or reserved for a service, then the error names it', async () => {
    expect(await refused('demo-client', 'order:read')).to.equal(
      'a client with this id exists or existed before\n',
    );
    expect(await refused('order-service', 'order:read')).to.equal(
      'a client with this id exists or existed before\n',
    );
  });

  it('given invalid arguments, then each is named with its usage', async () => {
    const lines = (await refused('Operations!', 'order:read', 'everything')).trim().split('\n');
    expect(lines).to.have.length(3);
    expect(lines[0]).to.match(/^Operations!: must be 3 to 64 lower-case/);
    expect(lines[1]).to.match(/^everything: /);
    expect(lines[2]).to.match(/^usage: register-client CLIENT_ID SCOPE…/);
    expect(await refused())
      .to.contain('CLIENT_ID')
      .and.to.contain('SCOPE: must be at least one');
  });
});
