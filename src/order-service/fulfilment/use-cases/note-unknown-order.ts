import { type Pool } from 'pg';
import { queryable } from '../../../shared/postgres/read';
import { beginFastSweeps } from '../store/sweep-store';

/** A shipment without an order shows that this database was restored: the others are looked for at once. */
export async function noteUnknownOrder({ pool }: { pool: Pool }): Promise<void> {
  await beginFastSweeps(queryable(pool));
}
