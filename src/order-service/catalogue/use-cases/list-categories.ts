import { AppError } from '../../../shared/errors';
import { type Queryable } from '../../../shared/postgres/queryable';
import { type CategoryNode, categoryTree } from '../domain/category-tree';
import { TOO_MANY_CATEGORIES } from '../domain/problem-types';
import { countsOf, sumUpCounts } from '../store/category-store';

const MOST_CATEGORIES = 5_000;

/**
 * The categories of an owner that have products, as a tree.
 *
 * @param parent the only root of the tree; null: all roots.
 * @throws AppError `unprocessable` (`too_many_categories`)
 */
export async function listCategories(
  db: Queryable,
  owner: string,
  parent: string | null,
): Promise<CategoryNode[]> {
  const counts = await countsOf(db, owner, parent, MOST_CATEGORIES + 1);
  if (counts.length > MOST_CATEGORIES) throw new AppError(TOO_MANY_CATEGORIES, TOO_MANY_CATEGORIES.detail);
  const tree = categoryTree(counts);
  return parent === null ? tree : branchAt(tree, parent.split('/'));
}

/** The node at a path, as the only one; the nodes above it would have the counts of this branch alone. */
function branchAt(tree: readonly CategoryNode[], [name, ...below]: readonly string[]): CategoryNode[] {
  const nodes = tree.filter((node) => node.name === name);
  return below.length === 0
    ? nodes
    : branchAt(
        nodes.flatMap(({ children }) => children),
        below,
      );
}

/** Housekeeping of the counts. Returns how many rows it removed. */
export const sumUpCategories = (db: Queryable): Promise<number> => sumUpCounts(db);
