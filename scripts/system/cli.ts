import { join } from 'node:path';
import { readCommandLine } from './command-line';
import { asOperatorError, OperatorError, UsageError } from './operator-error';
import { readSettings } from './settings';
import { reportFailure, setCalledAt, setCalledFrom } from './terminal';
import { version } from '../../package.json';

const PROJECT_FOLDER = join(__dirname, '..', '..');
const FAILURE = 1;
const USAGE_ERROR = 2;

// A closed output pipe (`up | head`) must not abort the start.
process.stdout.on('error', () => undefined);

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});

async function main(args: string[]): Promise<number> {
  const { CALLED_FROM: calledFrom, CALLED_AT: calledAt, ...environment } = process.env;
  if (calledFrom !== undefined) setCalledFrom(calledFrom);
  if (calledAt !== undefined) setCalledAt(Number(calledAt) * 1_000);
  try {
    const action = await readCommandLine(args, version);
    return action === null ? 0 : await action(readSettings(PROJECT_FOLDER, environment));
  } catch (thrown) {
    const error = asOperatorError(thrown);
    if (!(error instanceof OperatorError)) throw error;
    reportFailure(error);
    return error instanceof UsageError ? USAGE_ERROR : FAILURE;
  }
}
