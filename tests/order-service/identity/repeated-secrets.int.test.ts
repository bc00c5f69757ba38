import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { type ApiClient, bearerClient } from '../../support/api-client';
import { testInfrastructure } from '../../support/mocha-hooks';
import { postForm } from '../../support/oauth';
import { rowsOf } from '../../support/rows';
import { seal } from '../../support/sealed-text';
import { startServicePair, type ServicePair } from '../../support/service-pair';

interface SecretAnswer {
  client_id: string;
  client_secret: string | null;
}

describe('repeats of requests that create secrets', () => {
  let pair: ServicePair;
  let operator: ApiClient;
  let count = 0;
  before(async () => {
    pair = await startServicePair();
    operator = await pair.client('demo-operator');
  });
  after(() => pair.stop());

  const isValid = async (client_id: string, client_secret: string): Promise<boolean> => {
    const form = { grant_type: 'client_credentials', client_id, client_secret };
    return (await postForm(`${pair.orderUrl}/auth/token`, form)).status === 200;
  };
  async function register() {
    const id = `rotated-${(count += 1)}`;
    const { body } = await operator.post('/clients', { client_id: id, scopes: ['order:read'] });
    return { id, secret: body.client_secret as string };
  }
  const rotate = (id: string, key?: string, body?: object, as = operator) =>
    as.post(`/clients/${id}/rotate-secret`, body, key === undefined ? {} : { 'Idempotency-Key': key });

  it('given a rotation whose answer was lost, when it is repeated, then the secret in use stays valid, and the answer says how to get a new one', async () => {
    const { id, secret } = await register();
    const first = await rotate(id, `lost-${id}`);
    const repeats = [await rotate(id, `lost-${id}`), await rotate(id, `lost-${id}`, {})];
    for (const repeat of repeats) {
      const { client_secret_notice: notice, ...resource } = repeat.body;
      expect([repeat.status, repeat.headers.get('idempotency-replayed')]).to.deep.equal([200, 'true']);
      expect(resource).to.deep.equal({ ...first.body, client_secret: null });
      expect(notice).to.contain(`POST /clients/${id}/rotate-secret`);
      expect(repeat.headers.get('cache-control')).to.equal('no-store');
    }
    expect(first.headers.get('idempotency-replayed')).to.equal(null);
    expect([await isValid(id, secret), await isValid(id, first.body.client_secret as string)]).to.deep.equal([
      true,
      true,
    ]);
  });

  it('given two rotations at once under one key, then one is executed, and both get its client', async () => {
    const { id, secret } = await register();
    const answers = await Promise.all([1, 2].map(() => rotate(id, `twice-${id}`)));
    const secrets = answers.map(({ body }) => body.client_secret as string | null);
    expect(secrets.filter((one) => one === null)).to.have.length(1);
    expect(new Set(answers.map(({ body }) => body.updated_at as string)).size).to.equal(1);
    expect(await isValid(id, secret)).to.equal(true);
    expect(
      await isValid(
        id,
        secrets.find((one) => one !== null)!,
      ),
    ).to.equal(true);
  });

  it('given more repeats at once than secrets may wait to be hashed, then they share one secret, and one of them is executed', async () => {
    const { id } = await register();
    const many = [...Array(60).keys()];
    const asKey = { 'Idempotency-Key': `many-${id}` };
    const answers = {
      registrations: await Promise.all(
        many.map(() => operator.post('/clients', { scopes: ['order:read'] }, asKey)),
      ),
      rotations: await Promise.all(many.map(() => rotate(id, `many-${id}`))),
    };
    for (const [kind, some] of Object.entries(answers)) {
      const [first, ...others] = some
        .filter(({ status }) => status < 300)
        .map(({ body }) => body as SecretAnswer)
        .sort((a, b) => Number(a.client_secret === null) - Number(b.client_secret === null));
      expect(await isValid(first!.client_id, first!.client_secret!), kind).to.equal(true);
      for (const other of others) expect(other).to.deep.include({ ...first, client_secret: null });
      // A repeat may be refused because the first request still runs, but not because of the hashing.
      for (const { status, text } of some) {
        expect(status, text).to.be.oneOf([200, 201, 409, 503]);
        expect(text, kind).not.to.contain('requests of this kind are waiting');
      }
    }
  });

  it('given the key of a rotation, when it is sent for another client or with another body, then it is refused and rotates nothing', async () => {
    const [one, other] = [await register(), await register()];
    await rotate(one.id, `target-${one.id}`);
    const { body: before } = await operator.get(`/clients/${other.id}`);
    for (const refused of [
      await rotate(other.id, `target-${one.id}`),
      await rotate(one.id, `target-${one.id}`, { grace_seconds: 0 }),
    ])
      expect([refused.status, refused.body.code]).to.deep.equal([422, 'idempotency_key_reused']);
    expect((await operator.get(`/clients/${other.id}`)).body).to.deep.equal(before);
    expect(await isValid(one.id, one.secret)).to.equal(true);
  });

  it('given the same key of another manager, then its rotation is executed', async () => {
    const { body } = await operator.post('/clients', { scopes: ['client:manage', 'order:read'] });
    const { body: token } = await postForm(`${pair.orderUrl}/auth/token`, {
      grant_type: 'client_credentials',
      client_id: body.client_id as string,
      client_secret: body.client_secret as string,
    });
    const manager = bearerClient(pair.orderUrl, token.access_token as string);
    const { id } = await register();
    await rotate(id, `shared-${id}`);
    const rotated = await rotate(id, `shared-${id}`, undefined, manager);
    expect([rotated.status, rotated.headers.get('idempotency-replayed')]).to.deep.equal([200, null]);
  });

  it('given a refused rotation, then its key can be used again', async () => {
    const { id } = await register();
    expect((await rotate('nobody', `again-${id}`)).status).to.equal(404);
    expect((await rotate(id, `again-${id}`)).headers.get('idempotency-replayed')).to.equal(null);
  });

  it('given an invalid key, then it is refused before anything is executed', async () => {
    const { id } = await register();
    const { body: before } = await operator.get(`/clients/${id}`);
    expect((await rotate(id, 'a b')).body.code).to.equal('invalid_idempotency_key');
    expect((await operator.get(`/clients/${id}`)).body).to.deep.equal(before);
  });

  it('given no Redis, then a repeat is answered all the same', async () => {
    const { id } = await register();
    await rotate(id, `no-redis-${id}`);
    const infrastructure = await testInfrastructure();
    await infrastructure.stopRedis();
    try {
      const repeat = await rotate(id, `no-redis-${id}`);
      expect([repeat.status, repeat.body.client_secret]).to.deep.equal([200, null]);
    } finally {
      await infrastructure.startRedis();
    }
  });

  it('given a registration that the previous version recorded with an encrypted answer, then its repeat gets the answer without the secret', async () => {
    const id = `sealed-${(count += 1)}`;
    const key = `key-${id}`;
    const body = { client_id: id, scopes: ['order:read'] };
    const first = await operator.post('/clients', body, { 'Idempotency-Key': key });
    expect(await sealRecord(key, first.text)).to.equal(1);
    const repeat = await operator.post('/clients', body, { 'Idempotency-Key': key });
    const { client_secret_notice: notice, ...resource } = repeat.body;
    expect([repeat.status, repeat.headers.get('idempotency-replayed')]).to.deep.equal([201, 'true']);
    expect(resource).to.deep.equal({ ...first.body, client_secret: null });
    expect(notice).to.contain(`POST /clients/${id}/rotate-secret`);
    expect(repeat.headers.get('location')).to.equal(`/clients/${id}`);
  });

  /** Stores an answer like the previous version: under the hash of the key, encrypted with the key. */
  async function sealRecord(key: string, answer: string): Promise<number> {
    const rows = await rowsOf(
      pair.environment['ORDER_DATABASE_URL']!,
      `UPDATE submissions SET response_body = $2
        WHERE client_id = 'demo-operator' AND route = 'POST /clients' AND kind = 'key' AND key = $1 RETURNING key`,
      [createHash('sha256').update(key).digest('hex'), seal(answer, key)],
    );
    return rows.length;
  }
});
