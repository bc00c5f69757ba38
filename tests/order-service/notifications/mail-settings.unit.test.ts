import { expect } from 'chai';
import { readOrderServiceConfig } from '../../../src/order-service/composition';
import { parseMailUrl, senderOf } from '../../../src/order-service/notifications/mail-settings';
import { ConfigError } from '../../../src/shared/config/read-env';
import { testKeys, testPepper, testWebhookKey } from '../../support/keys';

const BASE = {
  ORDER_DATABASE_URL: 'postgresql://u@h:5432/d',
  DELIVERY_SERVICE_URL: 'http://h:3002',
  JWT_PRIVATE_KEY: testKeys.privatePem,
  CLIENT_SECRET_PEPPERS: testPepper,
  WEBHOOK_SECRET_KEYS: testWebhookKey,
};

describe('the settings of mails', () => {
  it('given URLs of mail servers, then TLS is required with a password, except on this machine', () => {
    const smtp = { kind: 'smtp', credentials: null, isSecure: false, requiresStartTls: false };
    expect(parseMailUrl('smtp://relay.internal')).to.deep.equal({
      ...smtp,
      host: 'relay.internal',
      port: 587,
    });
    expect(parseMailUrl('smtp://[::1]:25/')).to.deep.equal({ ...smtp, host: '::1', port: 25 });
    const credentials = { user: 'a@b', password: 'p:/@' };
    const withLogin = { ...smtp, credentials, host: 'mail.example' };
    expect(parseMailUrl('smtp://a%40b:p%3A%2F%40@mail.example')).to.deep.equal({
      ...withLogin,
      port: 587,
      requiresStartTls: true,
    });
    expect(parseMailUrl('smtps://a%40b:p%3A%2F%40@mail.example')).to.deep.equal({
      ...withLogin,
      port: 465,
      isSecure: true,
    });
    expect(parseMailUrl('smtp://a:b@127.0.0.1:2525')).to.include({ requiresStartTls: false });
  });

  it('given the URL of a folder, then it is its path', () => {
    expect(parseMailUrl('file:///var/mail%20box')).to.deep.equal({ kind: 'folder', folder: '/var/mail box' });
  });

  it('given another text, then the fault does not contain it', () => {
    for (const url of [
      'mail.example',
      'http://secret@mail.example',
      'smtp://',
      'smtp://user@mail.example',
      'smtp://:secret@mail.example',
      'smtp://a:secret%@mail.example',
      'smtp://a:secret@mail.example/path',
      'smtp://a:secret@mail.example?tls=no',
      'file:///',
      'file://host/folder',
    ])
      expect(faultsOf({ MAIL_URL: url }), url).to.deep.equal([
        'MAIL_URL: must be smtp://user:password@host:port, smtps://user:password@host:port or file:///folder; user and password are percent-encoded',
      ]);
  });

  it('given a mail server, then a sender is required', () => {
    const config = readOrderServiceConfig({ ...BASE, MAIL_URL: 'smtp://a:secret@mail.example' });
    expect(() => senderOf(config)).to.throw(ConfigError, /^MAIL_FROM: is missing/);
    expect(senderOf(readOrderServiceConfig({ ...BASE, MAIL_URL: 'file:///mail' }))).to.deep.equal({
      name: '',
      address: 'no-reply@localhost',
    });
    expect(faultsOf({ MAIL_FROM: 'a\r\nBcc: b@c.example' })).to.have.length(1);
  });
});

function faultsOf(variables: Record<string, string>): readonly string[] {
  try {
    readOrderServiceConfig({ ...BASE, ...variables });
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
