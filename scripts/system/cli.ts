import { join } from 'node:path';
import { COMMANDS } from './commands';
import { OperatorError } from './operator-error';
import { readSettings } from './settings';
import { reportFailure } from './terminal';

const PROJECT_FOLDER = join(__dirname, '..', '..');
const USAGE_ERROR = 2;

// `up | head` must not end the start when head has seen enough.
process.stdout.on('error', () => undefined);

void main(process.argv.slice(2)).then((exitCode) => {
  process.exitCode = exitCode;
});

async function main([name = '--help', ...args]: string[]): Promise<number> {
  if (['--help', '-h', 'help'].includes(name) || args.includes('--help')) {
    console.log(help());
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    console.error(`There is no command "${name}".\n\n${help()}`);
    return USAGE_ERROR;
  }
  try {
    return await command.run(readSettings(PROJECT_FOLDER), args);
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    reportFailure(error);
    return 1;
  }
}

function help(): string {
  const rows = COMMANDS.map(({ name, usage, help: text }) => `  ${`${name} ${usage}`.padEnd(31)} ${text}`);
  return [
    'Usage: ./scripts/manage-system.sh <command>',
    '',
    ...rows,
    '',
    'Settings are variables, or lines of .env; .env.example lists them. INFRA=docker|local|external says where',
    'PostgreSQL, Redis and SQS run: in Docker, as processes without Docker, or elsewhere.',
  ].join('\n');
}
