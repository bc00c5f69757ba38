/**
 * How a migration runs.
 *
 * - `in one transaction`: the file and its row in `schema_migrations` are one transaction. It is repeated while it waits for locks.
 * - `without transaction`: one statement that PostgreSQL refuses in a transaction, such as CREATE INDEX CONCURRENTLY.
 * - `in batches`: one statement that runs many times, each time in a transaction of its own, until no rows are left.
 * - `after deployment`: in one transaction, when no instance of the previous version runs any more, because that version uses the objects that
 *   the file removes.
 */
export type MigrationKind = 'in one transaction' | 'without transaction' | 'in batches' | 'after deployment';

const DECLARATIONS = new Map<string, MigrationKind>([
  ['-- migrate: without transaction', 'without transaction'],
  ['-- migrate: in batches', 'in batches'],
  ['-- migrate: after deployment', 'after deployment'],
]);

/** A comment that looks like a declaration, also with a different spelling. */
const DECLARATION = /^\s*(--|\/\*)\s*migrate\s*(:|without transaction|in batches|after deployment)/i;

/**
 * The kind that the first line of the file declares; without a declaration, `in one transaction`.
 *
 * @throws Error that names the migration and the line of a declaration that is unknown or not in the first line.
 */
export function kindOf(name: string, sql: string): MigrationKind {
  const lines = sql.split('\n').map((line) => line.trimEnd());
  const kind = DECLARATIONS.get(lines[0] ?? '');
  const wrong = lines.findIndex((line, index) => DECLARATION.test(line) && !(kind && index === 0));
  if (wrong >= 0)
    throw new Error(
      `migration ${name}, line ${wrong + 1}: "${lines[wrong]?.trim()}" is not a declaration: ` +
        `the first line of the file may be ${[...DECLARATIONS.keys()].map((one) => `"${one}"`).join(' or ')}`,
    );
  return kind ?? 'in one transaction';
}

/** The SQL without its comments. A comment mark within a string or a quoted name counts as one, too. */
export function withoutComments(sql: string): string {
  return sql
    .replaceAll(/--.*$/gm, ' ')
    .replaceAll(/\/\*[^]*?\*\//g, ' ')
    .trim();
}
