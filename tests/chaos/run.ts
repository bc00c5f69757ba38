import { runChaos } from './chaos';
import { readOptions, USAGE } from './options';
import { summaryOf, writeReport } from './report';

void main();

/** `npm run chaos`: exit code 0 when every invariant holds, 1 when one is broken, 2 when the options cannot be read. */
async function main(): Promise<void> {
  const options = parsed();
  if (!options) return;
  const start = performance.now();
  const result = await runChaos(options, (line) => {
    console.log(`${((performance.now() - start) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  });
  console.log(summaryOf(result));
  console.log(`\nreport: ${writeReport(result)}`);
  if (result.breaches.length > 0) console.log(`logs: ${result.folder}/logs`);
  process.exit(result.breaches.length > 0 ? 1 : 0);
}

function parsed() {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exitCode = 2;
    return null;
  }
}
