import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { orderServiceScopes } from '../../../src/order-service/composition';
import { updateDigest } from '../../../src/order-service/identity/store/client-secret-store';
import { seedDemoClients } from '../../../src/order-service/identity/use-cases/seed-demo-clients';
import { createSecretDigests } from '../../../src/shared/auth/secret-digest';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { type ApiClient } from '../../support/api-client';
import { formerClients, type FormerClients } from '../../support/former-clients';
import { testPepper } from '../../support/keys';
import { postForm } from '../../support/oauth';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

interface Digests {
  current: string | null;
  previous: string | null;
}

const digests = createSecretDigests([Buffer.from(testPepper, 'base64url')]);

describe('the digests of client secrets', () => {
  let pair: ServicePair;
  let url: string;
  let operator: ApiClient;
  let former: FormerClients;
  let count = 0;
  before(async () => {
    pair = await startServicePair();
    url = pair.environment['ORDER_DATABASE_URL']!;
    operator = await pair.client('demo-operator');
    former = formerClients(url);
  });
  after(() => pair.stop());

  const tokenFor = async (client_id: string, client_secret: string): Promise<number> =>
    (
      await postForm(`${pair.orderUrl}/auth/token`, {
        grant_type: 'client_credentials',
        client_id,
        client_secret,
      })
    ).status;
  const newId = (): string => `digest-${(count += 1)}`;
  async function register(key?: string) {
    const id = newId();
    const body = { client_id: id, scopes: ['order:read'] };
    const headers = key === undefined ? {} : { 'Idempotency-Key': key };
    const answer = await operator.post('/clients', body, headers);
    return {
      id,
      secret: answer.body.client_secret as string,
      repeat: () => operator.post('/clients', body, headers),
    };
  }
  const rotate = async (id: string, graceSeconds = 3_600): Promise<string> =>
    (await operator.post(`/clients/${id}/rotate-secret`, { grace_seconds: graceSeconds })).body
      .client_secret as string;
  async function digestsOf(id: string): Promise<Digests> {
    const [row] = await rowsOf<Digests>(
      url,
      'SELECT secret_digest AS current, previous_secret_digest AS previous FROM clients WHERE client_id = $1',
      [id],
    );
    return row!;
  }

  it('given a registered client, then its secret has a digest; a rotation makes it the previous one', async () => {
    const { id, secret } = await register();
    expect(await digestsOf(id)).to.deep.equal({ current: digests.digest(secret), previous: null });
    const second = await rotate(id);
    expect(await digestsOf(id)).to.deep.equal({
      current: digests.digest(second),
      previous: digests.digest(secret),
    });
    expect([await tokenFor(id, secret), await tokenFor(id, second)]).to.deep.equal([200, 200]);
  });

  it('given a grace period that has ended, then the digest of the previous secret is not accepted', async () => {
    const { id, secret } = await register();
    await rotate(id, 0);
    expect((await digestsOf(id)).previous).to.equal(digests.digest(secret));
    expect(await tokenFor(id, secret)).to.equal(401);
  });

  it('given a client that the previous version registered, then its secret gets a digest at its first use, and a wrong one gets none', async () => {
    const { id, secret } = await former.register(newId());
    expect(await tokenFor(id, 'wrong')).to.equal(401);
    expect(await digestsOf(id)).to.deep.equal({ current: null, previous: null });
    expect(await tokenFor(id, secret)).to.equal(200);
    expect(await digestsOf(id)).to.deep.equal({ current: digests.digest(secret), previous: null });
    expect([await tokenFor(id, secret), await tokenFor(id, 'wrong')]).to.deep.equal([200, 401]);
  });

  it('given a rotation by the previous version, then the digest follows its secret, and both secrets are accepted', async () => {
    const { id, secret } = await register();
    const second = await former.rotate(id, 3_600);
    expect(await digestsOf(id)).to.deep.equal({ current: null, previous: digests.digest(secret) });
    expect([await tokenFor(id, secret), await tokenFor(id, second)]).to.deep.equal([200, 200]);
    expect(await digestsOf(id)).to.deep.equal({
      current: digests.digest(second),
      previous: digests.digest(secret),
    });
    const third = await former.rotate(id, 0);
    expect(await digestsOf(id)).to.deep.equal({ current: null, previous: digests.digest(second) });
    expect([await tokenFor(id, secret), await tokenFor(id, second), await tokenFor(id, third)]).to.deep.equal(
      [401, 401, 200],
    );
  });

  it('given secrets that both versions rotate alternately, then the previous version accepts the same secrets', async () => {
    const { id, secret } = await register();
    expect(await former.accepts(id, secret)).to.equal(true);
    const second = await rotate(id);
    expect([await former.accepts(id, secret), await former.accepts(id, second)]).to.deep.equal([true, true]);
    const third = await former.rotate(id, 3_600);
    const fourth = await rotate(id);
    const accepted = [secret, second, third, fourth].map(async (one) => [
      await former.accepts(id, one),
      (await tokenFor(id, one)) === 200,
    ]);
    expect(await Promise.all(accepted)).to.deep.equal([
      [false, false],
      [false, false],
      [true, true],
      [true, true],
    ]);
  });

  it('given a secret that the previous version replaces while its digest is computed, then the new secret does not get that digest', async () => {
    const { id, secret } = await former.register(newId());
    const hash = await former.hashOf(id);
    await former.rotate(id, 3_600);
    await former.rotate(id, 3_600);
    await withConnection(url, (db) => updateDigest(db, id, { hash, digest: digests.digest(secret) }));
    expect(await digestsOf(id)).to.deep.equal({ current: null, previous: null });
    expect(await tokenFor(id, secret)).to.equal(401);
  });

  for (const version of ['this', 'the previous'] as const)
    it(`given a client that ${version} version removes, then no digest of it is accepted`, async () => {
      const { id, secret } = await register();
      const second = await rotate(id);
      if (version === 'this') {
        expect((await removeClient(id)).status).to.equal(204);
        expect(await digestsOf(id)).to.deep.equal({ current: null, previous: null });
      } else {
        await former.remove(id);
        expect((await digestsOf(id)).previous).to.equal(null);
      }
      expect([await tokenFor(id, secret), await tokenFor(id, second)]).to.deep.equal([401, 401]);
    });

  const removeClient = (id: string) =>
    fetch(`${pair.orderUrl}/clients/${id}`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${operator.token}` },
    });

  it('given a disabled client, then its digest is not accepted', async () => {
    const { id, secret } = await register();
    await rowsOf(url, 'UPDATE clients SET disabled_at = now() WHERE client_id = $1', [id]);
    expect(await tokenFor(id, secret)).to.equal(401);
  });

  it('given a repeated registration, then the digest of the first secret stays', async () => {
    const { id, secret, repeat } = await register(`register-${String(count)}`);
    const { current } = await digestsOf(id);
    expect((await repeat()).headers.get('idempotency-replayed')).to.equal('true');
    expect((await digestsOf(id)).current).to.equal(current);
    expect(await tokenFor(id, secret)).to.equal(200);
  });

  it('given demo clients, then their secrets get digests at their first use, and still count as unchanged', async () => {
    await rowsOf(url, 'UPDATE clients SET secret_digest = NULL WHERE client_id LIKE $1', ['demo-%']);
    expect(await tokenFor('demo-other', 'demo-secret')).to.equal(200);
    expect((await digestsOf('demo-other')).current).to.equal(digests.digest('demo-secret'));
    await rowsOf(url, `UPDATE clients SET scopes = '{order:read}' WHERE client_id = 'demo-other'`);
    await withConnection(url, (db) =>
      seedDemoClients(db, () => Promise.resolve('not stored'), orderServiceScopes),
    );
    const [client] = await rowsOf<{ scopes: string[] }>(
      url,
      `SELECT scopes FROM clients WHERE client_id = 'demo-other'`,
    );
    expect(client?.scopes).to.include('order:create');
    expect((await digestsOf('demo-other')).current).to.equal(digests.digest('demo-secret'));
  });
});

describe('the rotation of the pepper', () => {
  const newPepper = (): string => randomBytes(32).toString('base64url');
  const peppers = [newPepper(), newPepper()] as const;
  const digestWith = (pepper: string): string =>
    createSecretDigests([Buffer.from(pepper, 'base64url')]).digest('demo-secret');

  it('given a new pepper in front of the old one, then secrets stay valid, and each digest is replaced at its next use; without the old one, the slow hash still decides', async () => {
    let pair = await startServicePair({ variables: { CLIENT_SECRET_PEPPERS: peppers[0] } });
    const database = pair.environment['ORDER_DATABASE_URL']!;
    const restartWith = async (text: string): Promise<void> => {
      await pair.stop();
      pair = await startServicePair({
        variables: { CLIENT_SECRET_PEPPERS: text, ORDER_DATABASE_URL: database },
      });
    };
    const statusOf = async (clientId: string, secret = 'demo-secret'): Promise<number> =>
      (
        await postForm(`${pair.orderUrl}/auth/token`, {
          grant_type: 'client_credentials',
          client_id: clientId,
          client_secret: secret,
        })
      ).status;
    const digestsOfDemoClients = async (): Promise<Record<string, string>> => {
      const rows = await rowsOf<{ client_id: string; secret_digest: string }>(
        database,
        'SELECT client_id, secret_digest FROM clients',
      );
      return Object.fromEntries(rows.map((row) => [row.client_id, row.secret_digest]));
    };
    try {
      for (const clientId of ['demo-client', 'demo-other']) expect(await statusOf(clientId)).to.equal(200);
      const [old, current] = peppers.map(digestWith) as [string, string];
      expect(await digestsOfDemoClients()).to.include({ 'demo-client': old, 'demo-other': old });

      await restartWith(`${peppers[0]},${peppers[1]}`);
      expect(await statusOf('demo-client')).to.equal(200);
      expect((await digestsOfDemoClients())['demo-client']).to.equal(old);

      await restartWith(`${peppers[1]},${peppers[0]}`);
      expect(await statusOf('demo-client', 'wrong')).to.equal(401);
      expect((await digestsOfDemoClients())['demo-client'], 'after a wrong secret').to.equal(old);
      expect(await statusOf('demo-client')).to.equal(200);
      expect(await digestsOfDemoClients()).to.include({ 'demo-client': current, 'demo-other': old });

      await restartWith(peppers[1]);
      for (const clientId of ['demo-client', 'demo-other']) {
        expect(await statusOf(clientId, 'wrong')).to.equal(401);
        expect(await statusOf(clientId)).to.equal(200);
      }
      expect(await digestsOfDemoClients()).to.include({ 'demo-client': current, 'demo-other': current });
    } finally {
      await pair.stop();
    }
  }).timeout(30_000);
});
