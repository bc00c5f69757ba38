import { prepared, type Queryable, type Transaction } from '../../../shared/postgres/queryable';

/** Not planned by key: it runs in the transaction of every group of orders, and the table is small. */
const FIND_OWNERS = prepared(
  'catalogue-owners',
  'SELECT owner FROM catalogue_owners WHERE owner = ANY ($1::text[])',
);

/** Those of the owners that have, or had, a product. */
export async function findOwners(db: Queryable, owners: readonly string[]): Promise<Set<string>> {
  const { rows } = await db.query<{ owner: string }>(FIND_OWNERS, [owners]);
  return new Set(rows.map(({ owner }) => owner));
}

const ADD_OWNER = prepared(
  'add-catalogue-owner',
  'INSERT INTO catalogue_owners (owner) VALUES ($1) ON CONFLICT DO NOTHING',
);

export function addOwner(tx: Transaction, owner: string): void {
  tx.send(ADD_OWNER, [owner]);
}
