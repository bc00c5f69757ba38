import { expect } from 'chai';
import { type ApiClient, bearerClient, send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { orderBody } from '../../support/factories';
import { postForm } from '../../support/oauth';
import { rowsOf } from '../../support/rows';
import { startServicePair, type ServicePair } from '../../support/service-pair';

describe('clients', () => {
  let pair: ServicePair;
  let operator: ApiClient;
  let count = 0;
  before(async () => {
    pair = await startServicePair();
    operator = await pair.client('demo-operator');
  });
  after(() => pair.stop());

  const newId = (): string => `shop-${(count += 1)}`;
  const tokenFor = (client_id: string, client_secret: string) =>
    postForm(`${pair.orderUrl}/auth/token`, { grant_type: 'client_credentials', client_id, client_secret });
  const request = (method: string, path: string, body?: unknown) =>
    send(pair.orderUrl + path, method, body, { Authorization: `Bearer ${operator.token}` });

  async function register(scopes: string[] = ['order:create', 'order:read']) {
    const { status, body } = await operator.post('/clients', {
      client_id: newId(),
      name: 'Lamp shop',
      scopes,
    });
    expect(status).to.equal(201);
    return body as { client_id: string; client_secret: string };
  }

  it('given a new client, then its secret is shown once and works at the token endpoint; the database has only its hash', async () => {
    const answer = await operator.post('/clients', { name: 'Lamp shop', scopes: ['order:read'] });
    expect([answer.status, answer.headers.get('cache-control')]).to.deep.equal([201, 'no-store']);
    const { client_id: id, client_secret: secret } = answer.body;
    expect(answer.headers.get('location')).to.equal(`/clients/${id}`);
    expect(secret).to.match(/^[\w-]{43}$/);
    expect((await tokenFor(id, secret)).body.scope).to.equal('order:read');
    const read = await operator.get(`/clients/${id}`);
    expect({ ...read.body, client_secret: secret }).to.deep.equal(answer.body);
    const [row] = await rowsOf(
      pair.environment['ORDER_DATABASE_URL']!,
      `SELECT to_json(c) FROM clients c WHERE client_id = '${id}'`,
    );
    expect(JSON.stringify(row)).not.to.contain(secret);
  });

  it('given a caller without client:manage, then 403; given an id that was used before, then 409', async () => {
    const shop = await pair.client('demo-client');
    expect((await shop.post('/clients', { scopes: [] })).body.code).to.equal('insufficient_scope');
    expect((await shop.get('/clients')).status).to.equal(403);
    for (const taken of ['demo-client', 'order-service', (await register()).client_id]) {
      expect((await operator.post('/clients', { client_id: taken, scopes: [] })).body.code, taken).to.equal(
        'client_exists',
      );
    }
  });

  it('given invalid input, then each member is named; given a malformed id, then it is not found', async () => {
    const faulty = await operator.post('/clients', {
      client_id: 'No',
      name: '',
      scopes: ['all'],
      admin: true,
    });
    expect(faulty.body.errors.map(({ path }: { path: string }) => path)).to.have.members([
      'client_id',
      'name',
      'scopes[0]',
      'admin',
    ]);
    for (const id of ['nobody', 'NOBODY!', '..%2f..', 'x'.repeat(300)]) {
      expect((await operator.get(`/clients/${id}`)).body.code, id).to.equal('client_not_found');
    }
  });

  it('given several clients, then they are listed page by page, each once', async () => {
    await Promise.all([register(), register(), register()]);
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body } = await operator.get(`/clients?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      ids.push(...body.data.map(({ client_id: id }: { client_id: string }) => id));
      cursor = body.next_cursor as string | null;
    }
    expect(ids).to.include.members(['demo-client', 'demo-other', 'demo-operator']);
    expect(ids).to.deep.equal([...new Set(ids)].sort());
    expect((await operator.get('/clients?limit=0')).status).to.equal(400);
  });

  it('given a disabled client, then its secret and tokens are refused within five seconds, and accepted again when it is enabled', async () => {
    const { client_id: id, client_secret: secret } = await register();
    const client = bearerClient(pair.orderUrl, (await tokenFor(id, secret)).body.access_token as string);
    expect((await client.post('/orders', orderBody())).status).to.equal(201);
    expect((await request('PATCH', `/clients/${id}`, { disabled: true })).body.disabled).to.equal(true);
    expect((await tokenFor(id, secret)).body.error).to.equal('invalid_client');
    await eventually(async () => expect((await client.post('/orders', orderBody())).status).to.equal(401));
    await request('PATCH', `/clients/${id}`, { disabled: false });
    expect((await tokenFor(id, secret)).status).to.equal(200);
    await eventually(async () => expect((await client.post('/orders', orderBody())).status).to.equal(201));
  });

  it('given a scope removed from a client, then its tokens lose it within five seconds', async () => {
    const { client_id: id, client_secret: secret } = await register();
    const client = bearerClient(pair.orderUrl, (await tokenFor(id, secret)).body.access_token as string);
    expect((await client.post('/orders', orderBody())).status).to.equal(201);
    await request('PATCH', `/clients/${id}`, { scopes: ['order:read'], name: null });
    await eventually(async () =>
      expect((await client.post('/orders', orderBody())).body.code).to.equal('insufficient_scope'),
    );
  });

  it('given a removed client, then it is not found, its id cannot be reused, and its orders are kept', async () => {
    const { client_id: id, client_secret: secret } = await register();
    const client = bearerClient(pair.orderUrl, (await tokenFor(id, secret)).body.access_token as string);
    const orderId = (await client.post('/orders', orderBody())).body.order_id as string;
    expect((await request('DELETE', `/clients/${id}`)).status).to.equal(204);
    expect((await request('DELETE', `/clients/${id}`)).body.code).to.equal('client_not_found');
    expect((await tokenFor(id, secret)).body.error).to.equal('invalid_client');
    expect((await operator.post('/clients', { client_id: id, scopes: [] })).body.code).to.equal(
      'client_exists',
    );
    expect((await operator.get(`/orders/${orderId}`)).status).to.equal(200);
    await eventually(async () => expect((await client.get(`/orders/${orderId}`)).status).to.equal(401));
  });

  it('given a client that would remove its own access, then the change is refused', async () => {
    for (const [method, body] of [
      ['DELETE', undefined],
      ['PATCH', { disabled: true }],
      ['PATCH', { scopes: ['order:read'] }],
    ] as const) {
      expect((await request(method, '/clients/demo-operator', body)).body.code).to.equal('own_client');
    }
    expect((await request('PATCH', '/clients/demo-operator', { name: 'Operator' })).status).to.equal(200);
  });

  it('given a rotated secret, then both are valid for the grace period, and after another rotation the oldest is not', async () => {
    const { client_id: id, client_secret: first } = await register();
    const rotate = async (grace_seconds?: number) =>
      (
        await operator.post(
          `/clients/${id}/rotate-secret`,
          grace_seconds === undefined ? undefined : { grace_seconds },
        )
      ).body.client_secret as string;
    const second = await rotate();
    expect([(await tokenFor(id, first)).status, (await tokenFor(id, second)).status]).to.deep.equal([
      200, 200,
    ]);
    const third = await rotate(0);
    const statuses = await Promise.all(
      [first, second, third].map(async (secret) => (await tokenFor(id, secret)).status),
    );
    expect(statuses).to.deep.equal([401, 401, 200]);
  });

  it('given secrets rotated while others fetch tokens, then no request fails', async () => {
    const client = await register();
    let secret = client.client_secret;
    let isRotating = true;
    const statuses: number[] = [];
    const fetching = [...Array(4)].map(async () => {
      while (isRotating) statuses.push((await tokenFor(client.client_id, secret)).status);
    });
    for (let n = 0; n < 5; n += 1) {
      secret = (await operator.post(`/clients/${client.client_id}/rotate-secret`)).body
        .client_secret as string;
    }
    isRotating = false;
    await Promise.all(fetching);
    expect(statuses).to.have.length.above(3);
    expect(statuses.filter((status) => status !== 200)).to.deep.equal([]);
  });

  it('given the same registration twice under one key, then the second answer says that the secret is missing, there is one client, and no secret is in the database', async () => {
    const body = { client_id: newId(), scopes: ['order:read'] };
    const key = { 'Idempotency-Key': `register-${body.client_id}` };
    const first = await operator.post('/clients', body, key);
    const second = await operator.post(
      '/clients',
      { scopes: ['order:read'], client_id: body.client_id },
      key,
    );
    expect([second.status, second.headers.get('idempotency-replayed')]).to.deep.equal([201, 'true']);
    const { client_secret_notice: notice, ...resource } = second.body;
    expect(resource).to.deep.equal({ ...first.body, client_secret: null });
    expect(notice).to.contain(`POST /clients/${body.client_id}/rotate-secret`);
    expect(second.headers.get('cache-control')).to.equal('no-store');
    const third = await operator.post('/clients', body, key);
    expect(third.text).to.equal(second.text);
    expect(second.headers.get('location')).to.equal(first.headers.get('location'));
    const stored = await rowsOf(
      pair.environment['ORDER_DATABASE_URL']!,
      'SELECT to_json(s) FROM idempotency_records s',
    );
    expect(JSON.stringify(stored)).not.to.contain(first.body.client_secret);
    expect(JSON.stringify(stored)).not.to.contain(key['Idempotency-Key']);
    const other = await operator.post('/clients', { ...body, client_id: newId() }, key);
    expect([other.status, other.body.code]).to.deep.equal([422, 'idempotency_key_reused']);
  });

  it('given ten registrations at once under one key, then one client is created, one answer has its secret, and all others are equal', async () => {
    const body = { client_id: newId(), scopes: [] };
    const key = { 'Idempotency-Key': `parallel-${body.client_id}` };
    const answers = await Promise.all([...Array(10)].map(() => operator.post('/clients', body, key)));
    const isFirst = ({ headers }: { headers: Headers }) => headers.get('idempotency-replayed') === null;
    const repeats = answers.filter((answer) => !isFirst(answer));
    expect(repeats).to.have.length(9);
    expect(new Set(repeats.map(({ text }) => text)).size).to.equal(1);
    const { client_secret: secret } = answers.find(isFirst)!.body;
    expect((await tokenFor(body.client_id, secret as string)).status).to.equal(200);
    expect(repeats[0]!.body).to.include({ client_id: body.client_id, client_secret: null });
  });

  it('given a refused registration, then its key can be used again', async () => {
    const id = newId();
    const key = { 'Idempotency-Key': `refused-${id}` };
    expect((await operator.post('/clients', { client_id: 'demo-client', scopes: [] }, key)).status).to.equal(
      409,
    );
    expect((await operator.post('/clients', { client_id: id, scopes: [] }, key)).status).to.equal(201);
  });
});
