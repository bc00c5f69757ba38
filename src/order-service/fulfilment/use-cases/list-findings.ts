import { type FindingKind } from '../../../shared/contracts/reconciliation';
import { AppError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type KeptFinding } from '../../orders/domain/finding';
import {
  acceptFinding as accept,
  countFindings as count,
  listFindings as list,
} from '../store/finding-store';
import { decodeCursor, encodeCursor } from '../../orders/use-cases/list-cursor';

export interface FindingDependencies {
  db: Queryable;
  /** The identity of the database; it signs cursors. */
  installation: () => Promise<string>;
}

export interface FindingPage {
  findings: KeptFinding[];
  nextCursor: string | null;
}

const LIST = 'findings';
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';
/** In cursors: the list is in the order of ids alone, but a position needs a value. */
const NO_VALUE = '0';

/**
 * A page of what the reconciler found and could not repair, by order id.
 *
 * @throws AppError `invalid_input` (`invalid_cursor`)
 */
export async function listFindings(
  { db, installation }: FindingDependencies,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<FindingPage> {
  const secret = await installation();
  const after = cursor === undefined ? BEFORE_ALL : decodeCursor(secret, LIST, cursor).orderId;
  const found = await list(db, after, limit + 1);
  const findings = found.slice(0, limit);
  const last = findings.at(-1);
  const hasMore = found.length > limit && last !== undefined;
  return {
    findings,
    nextCursor: hasMore ? encodeCursor(secret, LIST, { value: NO_VALUE, orderId: last.orderId }) : null,
  };
}

/**
 * Leaves a finding as it is: it stays listed, and is counted no more.
 *
 * @throws AppError `not_found` when there is none about that order.
 */
export async function acceptFinding(db: Queryable, orderId: string, actor: string): Promise<void> {
  if (await accept(db, orderId, actor)) return;
  throw new AppError('not_found', 'there is no finding about this order', { code: 'finding_not_found' });
}

/** How many findings of each kind nobody has accepted. */
export async function countFindings(db: Queryable): Promise<ReadonlyMap<FindingKind, number>> {
  return count(db);
}
