import { type Queryable } from '../../../shared/postgres/queryable';
import { findOwners } from '../store/owner-store';

/** Those of the owners that have, or had, a product: orders of the others need not look for products. */
export function ownersWithProducts(db: Queryable, owners: readonly string[]): Promise<Set<string>> {
  return findOwners(db, owners);
}
