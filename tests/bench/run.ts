import { runBench } from './bench';
import { chartOf } from './chart';
import { changesTable, compare } from './compare';
import { readOptions, USAGE, type BenchOptions } from './options';
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
  const report = await runBench(options, (line) => {
    console.log(`${((performance.now() - start) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  });
  console.log(`\n${tableOf(report.medians)}`);
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
