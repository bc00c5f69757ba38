import { type Queryable } from '../../../shared/postgres/queryable';
import { renewInstallation } from '../../../shared/postgres/installation';
import { beginFastSweepsAnew } from '../store/sweep-store';

/**
 * After a restore of either database: what Redis holds of the time before must not answer, because its orders may be gone; and what one
 * database has forgotten is looked for at once. A service that is running keeps the identity that it has read.
 */
export async function prepareAfterRestore(db: Queryable): Promise<void> {
  await renewInstallation(db);
  await beginFastSweepsAnew(db);
}
