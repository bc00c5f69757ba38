import { expect } from 'chai';
import sinon from 'sinon';
import { createLogger } from '../../../src/shared/observability/logger';
import { TEST_CERTIFICATE } from '../../support/tls-receiver';
import { mailScene, type MailScene } from '../../support/mail-scene';
import { type MailServerOptions } from '../../support/mail-server';

const OPS = 'ops@shop.example';
const CREDENTIALS = { user: 'orders', password: 'p@ss/word:1' };
const LOGIN = 'orders:p%40ss%2Fword%3A1';
const HOST = '127.0.0.1';

describe('the connection to the mail server', () => {
  let scene: MailScene;
  afterEach(() => scene.stop());

  async function sceneWith(options: MailServerOptions): Promise<void> {
    scene = await mailScene(options);
    await scene.notify([OPS]);
    await scene.mail();
  }

  const urlOf = (scheme: string, login = ''): string =>
    `${scheme}://${login}${HOST}:${String(scene.server.port)}`;

  async function outcome(options: Parameters<MailScene['instance']>[0]) {
    await scene.deliver(scene.instance(options));
    const [mail] = await scene.mails();
    return { status: mail!.status, error: mail!.last_error };
  }

  it('given a login, then it is used', async () => {
    await sceneWith({ credentials: CREDENTIALS });
    expect(await outcome({ mailUrl: urlOf('smtp', `${LOGIN}@`) })).to.deep.equal({
      status: 'sent',
      error: null,
    });
    expect(scene.server.received[0]).to.include({ user: 'orders', isEncrypted: false });
  });

  it('given a refused login, then the mail waits, and neither log nor database contains the password', async () => {
    await sceneWith({ credentials: { ...CREDENTIALS, password: 'another' } });
    const logger = createLogger({ service: 'test', level: 'error', silent: true });
    const logged = (['error', 'warn', 'info', 'debug'] as const).map((level) => sinon.spy(logger, level));
    expect(await outcome({ mailUrl: urlOf('smtp', `${LOGIN}@`), logger })).to.deep.equal({
      status: 'pending',
      error: 'the mail server refused the login of the service',
    });
    const lines = JSON.stringify(logged.map(({ args }) => args));
    expect(lines).to.contain('a mail was not accepted');
    const passwords = [CREDENTIALS.password, Buffer.from(CREDENTIALS.password).toString('base64'), LOGIN];
    const stored = JSON.stringify(await scene.mails());
    for (const secret of passwords) {
      expect(lines).not.to.contain(secret);
      expect(stored).not.to.contain(secret);
    }
  });

  for (const [tls, scheme] of [
    ['starttls', 'smtp'],
    ['implicit', 'smtps'],
  ] as const) {
    it(`given ${tls} with a certificate that nobody trusts, then nothing is sent`, async () => {
      await sceneWith({ tls });
      expect(await outcome({ mailUrl: urlOf(scheme) })).to.deep.equal({
        status: 'pending',
        error: 'no TLS connection to the mail server',
      });
      expect(scene.server.attempts).to.deep.equal([]);
    });

    it(`given ${tls} with a trusted certificate, then login and mail are encrypted`, async () => {
      await sceneWith({ tls, credentials: CREDENTIALS });
      const trusted = { ca: TEST_CERTIFICATE, servername: 'hooks.shop.example' };
      expect(await outcome({ mailUrl: urlOf(scheme, `${LOGIN}@`), tls: trusted })).to.deep.equal({
        status: 'sent',
        error: null,
      });
      expect(scene.server.received[0]).to.include({ user: 'orders', isEncrypted: true });
    });

    it(`given ${tls} with a trusted certificate of another name, then nothing is sent`, async () => {
      await sceneWith({ tls });
      const { status } = await outcome({ mailUrl: urlOf(scheme), tls: { ca: TEST_CERTIFICATE } });
      expect(status).to.equal('pending');
      expect(scene.server.attempts).to.deep.equal([]);
    });
  }

  it('given a password and a server on another machine without STARTTLS, then neither password nor mail is sent', async () => {
    await sceneWith({ credentials: CREDENTIALS });
    // This notation of the address is not recognised as that of this machine.
    const mailUrl = urlOf('smtp', `${LOGIN}@`).replace(HOST, '[::ffff:127.0.0.1]');
    expect(await outcome({ mailUrl })).to.deep.equal({
      status: 'pending',
      error: 'no TLS connection to the mail server',
    });
    expect(scene.server.attempts).to.deep.equal([]);
  });
});
