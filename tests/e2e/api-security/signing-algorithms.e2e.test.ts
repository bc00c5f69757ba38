import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { newSigningKey } from '../../../scripts/system/preparation/signing-keys';
import { send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { bearer } from '../../support/oauth';
import { startServicePair, type ServicePair } from '../../support/service-pair';

const ID = '0190a0a0-0000-7000-8000-00000000000a';
const [RSA, EC] = [newSigningKey('RS256'), newSigningKey('ES256')];

interface Header {
  alg: string;
  kid: string;
}

describe('API security: tokens signed with ES256', () => {
  let pair: ServicePair;
  let file: string;
  before(() => {
    file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'private.pem');
  });
  afterEach(() => pair.stop());

  const start = async (algorithm: string, variables: Record<string, string> = {}): Promise<void> => {
    pair = await startServicePair({
      variables: { JWT_PRIVATE_KEY: '', JWT_PRIVATE_KEY_FILE: file, JWT_ALGORITHM: algorithm, ...variables },
    });
  };
  const part = (token: string, index: number): Buffer => Buffer.from(token.split('.')[index]!, 'base64url');
  const headerOf = (token: string): Header => JSON.parse(part(token, 0).toString()) as Header;
  const readBoth = async (token: string): Promise<number[]> => {
    const answers = await Promise.all([
      send(`${pair.orderUrl}/orders/${ID}`, 'GET', undefined, bearer(token)),
      send(`${pair.deliveryUrl}/shipments/${ID}`, 'GET', undefined, bearer(token)),
    ]);
    return answers.map(({ status }) => status);
  };
  const keySet = async () =>
    (await send(`${pair.orderUrl}/.well-known/jwks.json`, 'GET')).body.keys as Record<string, string>[];

  it('given ES256 and keys of both kinds, then the EC key signs, both are published, and both services accept its tokens', async () => {
    writeFileSync(file, `${RSA}${EC}`);
    await start('ES256');
    const client = await pair.client();
    expect(headerOf(client.token).alg).to.equal('ES256');
    expect(part(client.token, 2)).to.have.length(64);
    expect((await keySet()).map(({ kty, alg, crv }) => [kty, alg, crv])).to.deep.equal([
      ['RSA', 'RS256', undefined],
      ['EC', 'ES256', 'P-256'],
    ]);
    expect(await readBoth(client.token)).to.deep.equal([404, 404]);
    const keys = createRemoteJWKSet(new URL(`${pair.orderUrl}/.well-known/jwks.json`));
    const { payload } = await jwtVerify(client.token, keys, { algorithms: ['ES256'], typ: 'at+jwt' });
    expect(payload).to.include({ client_id: 'demo-client', iss: 'http://localhost:3001' });
  });

  it('given ES256, then an order is delivered, and the token of the Order Service for the Delivery Service is accepted', async () => {
    writeFileSync(file, EC);
    await start('ES256');
    const client = await pair.client();
    const { body } = await client.post('/orders', orderBody());
    await eventually(async () => {
      const shipment = await client.get(`/orders/${body.order_id as string}/shipment`);
      expect([shipment.status, shipment.body.status, shipment.body.stale]).to.deep.equal([
        200,
        'DELIVERED',
        false,
      ]);
    });
  });

  it('given a change from RS256 to ES256 with a restart, then tokens of both kinds are accepted until the RSA key is removed', async () => {
    writeFileSync(file, `${RSA}${EC}`);
    await start('RS256');
    const old = (await pair.client()).token;
    expect(headerOf(old).alg).to.equal('RS256');
    const database = {
      ORDER_DATABASE_URL: pair.environment['ORDER_DATABASE_URL']!,
      DELIVERY_DATABASE_URL: pair.environment['DELIVERY_DATABASE_URL']!,
    };
    await pair.stop();
    await start('ES256', database);
    const { token } = await pair.client();
    expect(headerOf(token).alg).to.equal('ES256');
    expect(await readBoth(old)).to.deep.equal([404, 404]);
    expect(await readBoth(token)).to.deep.equal([404, 404]);
    writeFileSync(file, EC);
    await eventually(async () => expect(await keySet()).to.have.length(1));
    const order = () => send(`${pair.orderUrl}/orders/${ID}`, 'GET', undefined, bearer(old));
    expect((await order()).status).to.equal(401);
    expect((await readBoth(token))[0]).to.equal(404);
  });

  it('given a token that names the other algorithm, then no service accepts it', async () => {
    writeFileSync(file, `${RSA}${EC}`);
    await start('ES256');
    const { token } = await pair.client();
    const [, claims = '', signature = ''] = token.split('.');
    const rsaKid = (await keySet()).find(({ kty }) => kty === 'RSA')!['kid'];
    for (const change of [{ alg: 'RS256' }, { alg: 'HS256' }, { alg: 'none' }, { kid: rsaKid }]) {
      const header = Buffer.from(JSON.stringify({ ...headerOf(token), typ: 'at+jwt', ...change })).toString(
        'base64url',
      );
      expect(await readBoth(`${header}.${claims}.${signature}`)).to.deep.equal([401, 401]);
    }
  });
});
