import { expect } from 'chai';
import { withConnection } from '../../../src/shared/postgres/with-connection';
import { orderServiceScopes } from '../../../src/order-service/composition';
import { seedDemoClients } from '../../../src/order-service/identity/use-cases/seed-demo-clients';
import { deleteClient, updateClient } from '../../../src/order-service/identity/store/client-store';
import { replaceSecret } from '../../../src/order-service/identity/store/client-secret-store';
import { createTestDatabase } from '../../support/databases';
import { rowsOf } from '../../support/rows';

describe('seeding the demo clients', () => {
  let url: string;
  beforeEach(async () => (url = await createTestDatabase('order-service')));

  const seed = (): Promise<string> =>
    withConnection(url, (db) =>
      seedDemoClients(db, () => Promise.resolve('hash of demo-secret'), orderServiceScopes),
    );
  const clients = (): Promise<{ client_id: string; scopes: string[] }[]> =>
    rowsOf(
      url,
      `SELECT client_id, scopes, secret_hash, name, disabled_at, deleted_at, updated_at FROM clients ORDER BY client_id`,
    );

  it('given clients that an operator has rotated, disabled, deleted or restricted, when seeding is repeated, then they are not changed', async () => {
    await withConnection(url, async (db) => {
      await replaceSecret(db, 'demo-client', { hash: 'hash of their own', digest: null }, 0);
      await updateClient(db, 'demo-other', { disabled: true });
      await deleteClient(db, 'demo-operator');
    });
    const before = await clients();
    expect(await seed()).to.equal('the demo clients demo-operator were removed and are not created again');
    expect(await clients()).to.deep.equal(before);

    await withConnection(url, (db) =>
      updateClient(db, 'demo-other', { disabled: false, scopes: ['order:read'] }),
    );
    const restricted = await clients();
    await seed();
    expect(await clients()).to.deep.equal(restricted);
  });

  it('given unchanged clients of an earlier version, when seeding is repeated, then they have the scopes of this version', async () => {
    await rowsOf(url, `UPDATE clients SET scopes = '{order:read}'`);
    await seed();
    const [, operator] = await clients();
    expect(operator).to.include({ client_id: 'demo-operator' });
    expect(operator?.scopes).to.have.members([...orderServiceScopes.scopes]);
    const settled = await clients();
    expect(await seed()).to.equal('the demo clients exist');
    expect(await clients()).to.deep.equal(settled);
  });
});
