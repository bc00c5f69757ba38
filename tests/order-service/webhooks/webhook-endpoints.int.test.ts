import { expect } from 'chai';
import { type ApiClient, send } from '../../support/api-client';
import { HOSTILE_URLS } from '../../support/hostile-targets';
import { rowsOf } from '../../support/rows';
import { type ServicePair, startServicePair } from '../../support/service-pair';

const URL = 'https://hooks.shop.example/orders';

describe('webhook endpoints', () => {
  let pair: ServicePair;
  let shop: ApiClient;
  let other: ApiClient;
  let operator: ApiClient;
  before(async () => {
    pair = await startServicePair({
      variables: { WEBHOOK_ALLOW_LOOPBACK: 'false', WEBHOOK_ENDPOINTS_PER_CLIENT: '40' },
    });
    [shop, other, operator] = await Promise.all([
      pair.client('demo-client'),
      pair.client('demo-other'),
      pair.client('demo-operator'),
    ]);
  });
  after(() => pair.stop());

  const request = (as: ApiClient, method: string, path: string, body?: unknown, headers = {}) =>
    send(pair.orderUrl + path, method, body, { Authorization: `Bearer ${as.token}`, ...headers });

  async function create(as: ApiClient, members: object = {}) {
    const answer = await as.post('/webhooks', { url: URL, ...members });
    expect(answer.status, answer.text).to.equal(201);
    return answer.body as { endpoint_id: string; secret: string };
  }

  it('given only a URL, then the endpoint gets all events and is enabled; its secret is shown once, and is not in the database', async () => {
    const answer = await shop.post('/webhooks', { url: 'https://Hooks.Shop.Example:443/a/../orders' });
    expect(answer.status).to.equal(201);
    const { secret, ...endpoint } = answer.body;
    expect(endpoint).to.deep.include({
      client_id: 'demo-client',
      url: URL,
      event_types: null,
      enabled: true,
      disabled_reason: null,
      description: null,
      metadata: {},
      previous_secret_until: null,
      missed_before: null,
      version: 1,
    });
    expect(secret).to.match(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const { headers } = answer;
    expect([headers.get('location'), headers.get('etag'), headers.get('cache-control')]).to.deep.equal([
      `/webhooks/${endpoint.endpoint_id}`,
      '"1"',
      'no-store',
    ]);
    const read = await shop.get(`/webhooks/${endpoint.endpoint_id}`);
    expect([read.body, read.headers.get('etag')]).to.deep.equal([endpoint, '"1"']);
    const [row] = await rowsOf<{ sealed: Buffer }>(
      pair.environment['ORDER_DATABASE_URL']!,
      `SELECT sealed_secret AS sealed FROM webhook_endpoints WHERE endpoint_id = '${endpoint.endpoint_id}'`,
    );
    expect(row!.sealed.includes(Buffer.from(secret.slice('whsec_'.length), 'base64'))).to.equal(false);
  });

  it('given a repeat with the same key, then there is one endpoint, and the answer says that the secret is missing', async () => {
    const key = { 'Idempotency-Key': 'create-endpoint-1' };
    const body = { url: URL, description: 'once' };
    const first = await shop.post('/webhooks', body, key);
    const second = await shop.post('/webhooks', body, key);
    expect([second.status, second.headers.get('idempotency-replayed')]).to.deep.equal([201, 'true']);
    const { secret_notice: notice, ...repeated } = second.body;
    expect(repeated).to.deep.equal({ ...first.body, secret: null });
    expect(notice).to.contain(`POST /webhooks/${first.body.endpoint_id}/rotate-secret`);
    expect(second.headers.get('location')).to.equal(first.headers.get('location'));
    const stored = await rowsOf(
      pair.environment['ORDER_DATABASE_URL']!,
      'SELECT to_json(s) FROM idempotency_records s',
    );
    expect(JSON.stringify(stored)).not.to.contain(first.body.secret);
    const reused = await shop.post('/webhooks', { url: URL }, key);
    expect([reused.status, reused.body.code]).to.deep.equal([422, 'idempotency_key_reused']);
  });

  it('given any hostile URL, then url is named with the reason, for a new endpoint and for a change', async () => {
    const { endpoint_id: id } = await create(shop);
    for (const template of HOSTILE_URLS) {
      const url = template.replaceAll('PORT', '8443');
      for (const answer of [
        await shop.post('/webhooks', { url }),
        await request(shop, 'PATCH', `/webhooks/${id}`, { url }),
      ]) {
        expect([answer.status, answer.body.code], url).to.deep.equal([400, 'validation_failed']);
        const [{ path, message }] = answer.body.errors;
        expect(path).to.equal('url');
        expect(message, url).to.match(/^must /);
      }
    }
    expect((await shop.get(`/webhooks/${id}`)).body.version).to.equal(1);
  });

  it('given invalid members, then each is named', async () => {
    const { body, status } = await shop.post('/webhooks', {
      url: 5,
      event_types: ['order.created', 'order.created'],
      enabled: 'yes',
      description: 'x'.repeat(501),
      metadata: { a: 1 },
      secret: 'mine',
    });
    expect(status).to.equal(400);
    const paths = body.errors.map(({ path }: { path: string }) => path);
    expect(paths).to.have.members(['url', 'event_types', 'enabled', 'description', 'metadata.a', 'secret']);
    for (const event_types of [[], ['order.unknown'], ['*'], 'order.created'])
      expect((await shop.post('/webhooks', { url: URL, event_types })).status).to.equal(400);
  });

  it('given a change, then absent members stay, null resets, and the version counts only what changed', async () => {
    const { endpoint_id: id } = await create(shop, {
      event_types: ['order.shipped', 'order.created'],
      description: 'first',
      metadata: { team: 'a', room: '1' },
    });
    const patch = async (body: object) => (await request(shop, 'PATCH', `/webhooks/${id}`, body)).body;
    expect(await patch({ metadata: { team: 'b' } })).to.deep.include({
      metadata: { team: 'b' },
      description: 'first',
      event_types: ['order.shipped', 'order.created'],
      version: 2,
    });
    expect(await patch({})).to.include({ version: 2 });
    expect(await patch({ description: 'first', metadata: { team: 'b' } })).to.include({ version: 2 });
    expect(await patch({ description: null, event_types: null })).to.deep.include({
      description: null,
      event_types: null,
      metadata: { team: 'b' },
      version: 3,
    });
    expect(await patch({ enabled: false })).to.include({
      enabled: false,
      disabled_reason: 'by_client',
      version: 4,
    });
    expect(await patch({ enabled: true })).to.include({ enabled: true, disabled_reason: null, version: 5 });
    expect(await patch({ url: 'https://hooks.shop.example:8443/' })).to.include({
      url: 'https://hooks.shop.example:8443/',
      version: 6,
    });
  });

  it('given If-Match and If-None-Match, then they are honoured', async () => {
    const { endpoint_id: id } = await create(shop);
    const path = `/webhooks/${id}`;
    expect((await shop.get(path, { 'If-None-Match': '"1"' })).status).to.equal(304);
    const change = { description: 'new' };
    const late = await request(shop, 'PATCH', path, change, { 'If-Match': '"7"' });
    expect([late.status, late.body.current_version]).to.deep.equal([412, 1]);
    expect((await request(shop, 'PATCH', path, change, { 'If-Match': '"1"' })).headers.get('etag')).to.equal(
      '"2"',
    );
    expect((await request(shop, 'DELETE', path, undefined, { 'If-Match': '"1"' })).status).to.equal(412);
    expect((await request(shop, 'DELETE', path, undefined, { 'If-Match': '2' })).status).to.equal(400);
    expect((await request(shop, 'DELETE', path, undefined, { 'If-Match': '"2"' })).status).to.equal(204);
    expect((await request(shop, 'DELETE', path)).body.code).to.equal('webhook_not_found');
  });

  it('given another client, then the endpoint is not found, whatever the operation; operators see and manage all', async () => {
    const { endpoint_id: id } = await create(shop);
    const calls = [
      ['GET', `/webhooks/${id}`],
      ['PATCH', `/webhooks/${id}`, { enabled: false }],
      ['DELETE', `/webhooks/${id}`],
      ['POST', `/webhooks/${id}/rotate-secret`],
    ] as const;
    for (const [method, path, body] of calls) {
      const answer = await request(other, method, path, body);
      expect([answer.status, answer.body.code], method).to.deep.equal([404, 'webhook_not_found']);
    }
    const own = await create(other);
    const seenBy = async (as: ApiClient): Promise<string[]> =>
      (await as.get('/webhooks?limit=100')).body.data.map(
        ({ endpoint_id }: { endpoint_id: string }) => endpoint_id,
      );
    expect(await seenBy(other)).to.deep.equal([own.endpoint_id]);
    expect(await seenBy(operator)).to.include.members([id, own.endpoint_id]);
    expect((await request(operator, 'PATCH', `/webhooks/${id}`, { enabled: false })).status).to.equal(200);
    const rotated = await request(operator, 'POST', `/webhooks/${id}/rotate-secret`);
    expect(rotated.body).to.include({ client_id: 'demo-client', version: 3 });
  });

  it('given several endpoints, of which two have the same URL, then they are listed page by page, each once, oldest first', async () => {
    const created = [await create(other), await create(other), await create(other)];
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await other.get(`/webhooks?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      ids.push(...body.data.map(({ endpoint_id: id }: { endpoint_id: string }) => id));
      cursor = body.next_cursor as string | null;
    }
    expect(ids).to.deep.equal([...new Set(ids)].sort());
    expect(ids).to.include.members(created.map(({ endpoint_id: id }) => id));
    expect((await other.get('/webhooks?cursor=nonsense')).body.code).to.equal('invalid_cursor');
  });

  it('given a token without the scope, then 403; given a malformed id, then it is not found', async () => {
    const { body: reader } = await operator.post('/clients', { scopes: ['order:read'] });
    const credentials = {
      grant_type: 'client_credentials',
      client_id: reader.client_id,
      client_secret: reader.client_secret,
    };
    const { body: token } = await send(`${pair.orderUrl}/auth/token`, 'POST', credentials);
    const answer = await send(`${pair.orderUrl}/webhooks`, 'GET', undefined, {
      Authorization: `Bearer ${token.access_token}`,
    });
    expect([answer.status, answer.body.code]).to.deep.equal([403, 'insufficient_scope']);
    for (const id of ['1', 'nonsense', '01a1fc42-fc03-72fd-b531-1111a4fbee14'])
      expect((await shop.get(`/webhooks/${id}`)).body.code, id).to.equal('webhook_not_found');
  });
});

describe('the number of webhook endpoints', () => {
  it('given concurrent requests at the limit, then the client gets exactly that many, and one more once one is removed', async () => {
    const pair = await startServicePair({ variables: { WEBHOOK_ENDPOINTS_PER_CLIENT: '3' } });
    try {
      const [shop, other] = [await pair.client('demo-client'), await pair.client('demo-other')];
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => shop.post('/webhooks', { url: URL })),
      );
      const created = answers.filter(({ status }) => status === 201);
      const refused = answers.filter(({ status }) => status !== 201);
      expect(created).to.have.length(3);
      expect(new Set(refused.map(({ status, body }) => `${status} ${body.code}`))).to.deep.equal(
        new Set(['409 webhook_limit_reached']),
      );
      expect(refused[0]!.body.detail).to.contain('the client has 3 webhook endpoints');
      expect((await other.post('/webhooks', { url: URL })).status).to.equal(201);
      const path = `${pair.orderUrl}/webhooks/${created[0]!.body.endpoint_id}`;
      await send(path, 'DELETE', undefined, { Authorization: `Bearer ${shop.token}` });
      expect((await shop.post('/webhooks', { url: URL })).status).to.equal(201);
    } finally {
      await pair.stop();
    }
  });
});
