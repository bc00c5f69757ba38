import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { Webhook } from 'standardwebhooks';
import {
  createSecretSealing,
  type SecretSealing,
} from '../../../src/order-service/webhooks/domain/sealed-secret';
import { secretText, signedHeaders } from '../../../src/order-service/webhooks/domain/signature';
import {
  countFormerSecrets,
  pruneSecrets,
  resealSecrets,
} from '../../../src/order-service/webhooks/use-cases/endpoint-secrets';
import {
  loadTargets,
  secretsAt,
  type Target,
} from '../../../src/order-service/webhooks/use-cases/load-targets';
import { type Queryable } from '../../../src/shared/postgres/queryable';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { type ApiClient } from '../../support/api-client';
import { testWebhookKey } from '../../support/keys';
import { countRows, rowsOf } from '../../support/rows';
import { type ServicePair, silentLogger, startServicePair } from '../../support/service-pair';

const BODY = '{"type":"order.created"}';
const testKey = Buffer.from(testWebhookKey, 'base64url');
const sealingWith = (...keys: Buffer[]): SecretSealing => createSecretSealing(keys, randomBytes);

describe('the secrets of webhook endpoints', () => {
  let pair: ServicePair;
  let url: string;
  let shop: ApiClient;
  before(async () => {
    pair = await startServicePair({ variables: { WEBHOOK_ENDPOINTS_PER_CLIENT: '100' } });
    url = pair.environment['ORDER_DATABASE_URL']!;
    shop = await pair.client();
  });
  after(() => pair.stop());
  beforeEach(() => rowsOf(url, 'DELETE FROM webhook_endpoints'));

  const inDatabase = <T>(work: (db: Queryable) => Promise<T>): Promise<T> => withConnection(url, work);

  async function create() {
    const { body } = await shop.post('/webhooks', { url: 'https://hooks.shop.example/' });
    return { id: body.endpoint_id as string, secret: body.secret as string };
  }

  const rotate = (id: string, graceSeconds?: number, headers = {}) =>
    shop.post(
      `/webhooks/${id}/rotate-secret`,
      graceSeconds === undefined ? undefined : { grace_seconds: graceSeconds },
      headers,
    );

  /** Whether the published verifier accepts what the sender would send, with each of the secrets. */
  async function accepts(id: string, secrets: string[], laterMs = 0): Promise<boolean[]> {
    const targets = await inDatabase((db) => loadTargets(db, sealingWith(testKey), [id]));
    const sealed = secretsAt(targets.get(id) as Target, new Date(Date.now() + laterMs));
    const headers = signedHeaders({ id: 'event-1', timestamp: new Date(), body: BODY, secrets: sealed });
    return secrets.map((secret) => {
      try {
        new Webhook(secret).verify(BODY, headers);
        return true;
      } catch {
        return false;
      }
    });
  }

  it('given a rotation, then requests have both signatures for a day, and then only the new one', async () => {
    const { id, secret: first } = await create();
    const before = Date.now();
    const { status, body } = await rotate(id);
    const second = body.secret as string;
    expect([status, body.version]).to.deep.equal([200, 2]);
    expect(Date.parse(body.previous_secret_until as string) - before).to.be.within(86_400_000, 86_460_000);
    expect(await accepts(id, [first, second])).to.deep.equal([true, true]);
    expect(await accepts(id, [first, second], 86_460_000)).to.deep.equal([false, true]);
    expect((await shop.get(`/webhooks/${id}`)).body.previous_secret_until).to.equal(
      body.previous_secret_until,
    );
  });

  it('given a rotation without grace, or a second rotation, then the secret before is not used any more', async () => {
    const { id, secret: first } = await create();
    const second = (await rotate(id, 3_600)).body.secret as string;
    const third = (await rotate(id, 3_600)).body.secret as string;
    expect(await accepts(id, [first, second, third])).to.deep.equal([false, true, true]);
    const { body } = await rotate(id, 0);
    expect(body.previous_secret_until).to.equal(null);
    expect(await accepts(id, [second, third, body.secret as string])).to.deep.equal([false, false, true]);
    for (const graceSeconds of [-1, 604_801, 1.5])
      expect((await rotate(id, graceSeconds)).status).to.equal(400);
  });

  it('given a repeated rotation, then it changes nothing, and its answer has no secret', async () => {
    const { id, secret: first } = await create();
    const key = { 'Idempotency-Key': `rotate-${id}` };
    const { body, headers } = await rotate(id, undefined, key);
    const repeat = await rotate(id, undefined, key);
    const { secret_notice: notice, ...resource } = repeat.body;
    expect(resource).to.deep.equal({ ...body, secret: null });
    expect(notice).to.contain(`POST /webhooks/${id}/rotate-secret`);
    expect([repeat.headers.get('etag'), headers.get('cache-control')]).to.deep.equal(['"2"', 'no-store']);
    expect(await accepts(id, [first, body.secret as string])).to.deep.equal([true, true]);
  });

  it('given a new first key, then all secrets are sealed again with it, so that the former key can be removed', async () => {
    const endpoints = [await create(), await create()];
    const rotated = (await rotate(endpoints[0]!.id)).body.secret as string;
    const next = randomBytes(32);
    const rotation = sealingWith(next, testKey);
    await inDatabase(async (db) => {
      expect(await resealSecrets(db, sealingWith(testKey), silentLogger)).to.equal(0);
      expect(await countFormerSecrets(db, rotation)).to.equal(2);
      expect(await resealSecrets(db, rotation, silentLogger), 'with the previous secret').to.equal(3);
      expect(await countFormerSecrets(db, rotation)).to.equal(0);
      expect(await resealSecrets(db, rotation, silentLogger)).to.equal(0);
      const ids = endpoints.map(({ id }) => id);
      const targets = await loadTargets(db, sealingWith(next), ids);
      const texts = ids.flatMap((id) => secretsAt(targets.get(id) as Target, new Date()).map(secretText));
      expect(texts).to.deep.equal([rotated, endpoints[0]!.secret, endpoints[1]!.secret]);
    });
  });

  it('given a secret that was copied from another endpoint, then it does not open, and the others are sealed again', async () => {
    const [one, two] = [await create(), await create()];
    await rowsOf(
      url,
      `UPDATE webhook_endpoints SET sealed_secret = (SELECT sealed_secret FROM webhook_endpoints WHERE endpoint_id = '${one.id}')
        WHERE endpoint_id = '${two.id}'`,
    );
    await inDatabase(async (db) => {
      const rotation = sealingWith(randomBytes(32), testKey);
      expect(await resealSecrets(db, rotation, silentLogger)).to.equal(1);
      expect(await resealSecrets(db, rotation, silentLogger)).to.equal(0);
      const [row] = await rowsOf<{ sealed: Buffer }>(
        url,
        `SELECT sealed_secret AS sealed FROM webhook_endpoints WHERE endpoint_id = '${two.id}'`,
      );
      expect(() => rotation.open(row!.sealed, two.id)).to.throw();
    });
  });

  it('given a previous secret that has ended, then housekeeping removes it', async () => {
    const { id } = await create();
    await rotate(id, 3_600);
    await inDatabase(async (db) => {
      expect(await pruneSecrets(db)).to.equal(0);
      await db.query(`UPDATE webhook_endpoints SET previous_secret_until = now() - interval '1 second'`);
      expect((await shop.get(`/webhooks/${id}`)).body.previous_secret_until).to.equal(null);
      expect(await pruneSecrets(db)).to.equal(1);
    });
    expect(await countRows(url, 'webhook_endpoints', 'previous_sealed_secret IS NOT NULL')).to.equal(0);
  });
});
