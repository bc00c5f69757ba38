import { type PreparedStatement } from '../../src/shared/postgres/queryable';
import { type ReadTransaction } from '../../src/shared/postgres/read-pool';

export interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** Runs statements unchanged and passes their plans to `tell`. */
export function explained(db: ReadTransaction, tell: (nodes: Plan[]) => void): ReadTransaction {
  const query = async (sent: string | PreparedStatement, values: unknown[]) => {
    const statement = typeof sent === 'string' ? { text: sent } : sent;
    const { rows } = await db.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
      {
        ...statement,
        ...('name' in statement && { name: `explain-${String(statement.name)}` }),
        text: `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}`,
      },
      values,
    );
    tell(flatten(rows[0]!['QUERY PLAN'][0].Plan));
    return db.query(statement, values);
  };
  return { query, queryLast: query } as unknown as ReadTransaction;
}

export const isWholeTable = (node: Plan): boolean => isWholeTableOf(node, 'order');

/** @param tables how the names of the tables begin. */
export const isWholeTableOf = (node: Plan, tables: string): boolean =>
  node['Node Type'] === 'Seq Scan' && node['Relation Name']?.startsWith(tables) === true;

const flatten = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(flatten)];

/** Rows that the scans of the plan read, including filtered rows. */
export function rowsRead(nodes: Plan[], tables = 'order'): number {
  const scans = nodes.filter((node) => node['Relation Name']?.startsWith(tables));
  return scans.reduce(
    (sum, node) => sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
    0,
  );
}
