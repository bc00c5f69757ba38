import { runBench } from './bench';
import { mediansOf } from './medians';
import { readOptions, USAGE } from './options';
import { tableOf } from './report';

void main();

/** `npm run bench`: exit code 0 when everything was measured, 2 when the options cannot be read. */
async function main(): Promise<void> {
  const options = parsed();
  if (!options) return;
  const start = performance.now();
  const result = await runBench(options, (line) => {
    console.log(`${((performance.now() - start) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
  });
  console.log(`\n${tableOf(mediansOf(result.runs))}`);
  process.exit(0);
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
