/**
 * Counts the cases of a table-driven suite and prints the count after the suite, so that a missing table is noticed.
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
