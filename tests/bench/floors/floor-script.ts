import { Client, DatabaseError } from 'pg';

/** Statements that a floor executes over and over, one after another on each connection. `:name` is a parameter. */
export interface FloorScript {
  /** Statements that write the rows that the others need, once before them, in the given database. */
  prepare?: readonly string[];
  /** With BEGIN and COMMIT. A statement that ends with `\gset` sets a parameter for each column of the row that it returns. */
  statements: readonly string[];
  constants: Readonly<Record<string, string>>;
  /** Random whole numbers from 0 up to and without this one, drawn for each execution. */
  randomBelow: Readonly<Record<string, number>>;
}

export type Parameters = Record<string, string | number>;

export interface PreparedStatement {
  name: string;
  text: string;
  /** The parameters `$1`, `$2`, … */
  names: string[];
  /** Whether the columns of its row become parameters. */
  setsParameters: boolean;
}

const SETS_PARAMETERS = /\s*\\gset$/;

export const preparedStatements = ({ statements }: FloorScript): PreparedStatement[] =>
  statements.map((statement, index) => {
    const names: string[] = [];
    const text = statement
      .replace(SETS_PARAMETERS, '')
      .replaceAll(/(?<!:):([a-z_][a-z_0-9]*)/g, (_match, name: string) => {
        if (!names.includes(name)) names.push(name);
        return `$${String(names.indexOf(name) + 1)}`;
      });
    return { name: `floor-${String(index)}`, text, names, setsParameters: SETS_PARAMETERS.test(statement) };
  });

/** The parameters of one execution. */
export const drawParameters = ({ constants, randomBelow }: FloorScript): Parameters => ({
  ...constants,
  ...Object.fromEntries(
    Object.entries(randomBelow).map(([name, below]) => [name, Math.floor(Math.random() * below)]),
  ),
});

/** Executes a statement and adds the parameters that it sets. */
export async function execute(
  client: Client,
  { names, setsParameters, ...statement }: PreparedStatement,
  parameters: Parameters,
): Promise<void> {
  const { rows } = await client.query<Parameters>({
    ...statement,
    values: names.map((name) => parameters[name]),
  });
  if (setsParameters) Object.assign(parameters, rows[0]);
}

/** SQLSTATE classes of statements that do not fit the tables: unknown or missing columns, violated constraints. */
const DOES_NOT_FIT = /^(42|23)/;

/** The first of the scripts whose statements fit the tables of the database: builds that are compared can have different schemas. */
export async function firstThatFits(
  databaseUrl: string,
  scripts: readonly FloorScript[],
): Promise<FloorScript | null> {
  for (const script of scripts)
    if ((await nullIfMisfit(tryOnce(databaseUrl, script))) !== null) return script;
  return null;
}

/** Null when the database rejects a statement because it does not fit the tables. */
export async function nullIfMisfit<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DatabaseError && DOES_NOT_FIT.test(error.code ?? '')) return null;
    throw error;
  }
}

/** Executes the preparation of a script, for good. */
export async function prepareFloor(databaseUrl: string, { prepare = [] }: FloorScript): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of prepare) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** Executes the statements in one transaction, which is rolled back. Returns the parameters. */
async function tryOnce(databaseUrl: string, script: FloorScript): Promise<Parameters> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query('BEGIN');
    for (const statement of script.prepare ?? []) await client.query(statement);
    const parameters = drawParameters(script);
    for (const statement of preparedStatements(script))
      if (!['BEGIN', 'COMMIT'].includes(statement.text)) await execute(client, statement, parameters);
    return parameters;
  } finally {
    await client.end();
  }
}
