/**
 * Counts what a table-driven suite tried, and says it after the suite: a table that lost its rows shows.
 *
 * @returns adds to the count.
 */
export function countCases(what: string | (() => string)): (cases?: number) => void {
  let count = 0;
  after(() => {
    process.stdout.write(`    ${count} ${typeof what === 'string' ? what : what()} cases\n`);
  });
  return (cases = 1) => {
    count += cases;
  };
}
