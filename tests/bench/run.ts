import { OperatorError } from '../../scripts/system/operator-error';
import { runBench } from './bench';
import { chartOf } from './chart';
import { changesTable, compare } from './compare';
import { readOptions, USAGE, type BenchOptions } from './options';
import { ratiosTable } from './ratios';
import { readReport, writeReport, type KeptReport, type Report } from './report';
import { tableOf } from './table';

void main();

/**
 * `npm run bench`: exit code 0 on success, 1 when a measurement failed or a figure is worse than the tolerance allows, 2 for invalid
 * options.
 */
async function main(): Promise<void> {
  const asked = parsed();
  if (!asked) return;
  const { options, before } = asked;
  const start = performance.now();
  const say = (line: string): void => {
    console.log(`${((performance.now() - start) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  };
  const report = await runBench(options, say).catch(showOperatorError);
  if (!report) return;
  console.log(`\n${tableOf(report.medians)}`);
  if (report.against) showRatios(report.against);
  const { json, svg } = writeReport(report, chartOf(report));
  console.log(`\nreport: ${json}\nchart:  ${svg}`);
  process.exit(before && isWorse(before, report) ? 1 : 0);
}

function parsed(): { options: BenchOptions; before: KeptReport | null } | null {
  try {
    const options = readOptions(process.argv.slice(2));
    return { options, before: options.compare === null ? null : readReport(options.compare) };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return null;
  }
}

/** Shows a failure that the operator can fix as one line. @throws every other error */
function showOperatorError(error: unknown): null {
  if (!(error instanceof OperatorError)) throw error;
  console.error([error.message, ...error.details].join('\n'));
  process.exitCode = 1;
  return null;
}

function showRatios({ commit, ratios }: NonNullable<Report['against']>): void {
  console.log(`\nmedians of commit ${commit}, medians of this tree, their ratio (and that of single runs):`);
  console.log(ratiosTable(ratios));
}

function isWorse(before: KeptReport, { medians, machine, options }: Report): boolean {
  const changes = compare(before.medians, medians, options.tolerance);
  const worse = changes.filter((change) => change.isWorse).length;
  console.log(`\nsince ${before.date}, commit ${before.commit ?? 'unknown'}:\n${changesTable(changes)}`);
  if (before.machine.cpu !== machine.cpu || before.machine.cores !== machine.cores)
    console.log(
      `The report is from another machine: ${String(before.machine.cores)} cores, ${before.machine.cpu}.`,
    );
  console.log(`${String(worse)} figures are worse by more than ${String(options.tolerance)} %.`);
  return worse > 0;
}
