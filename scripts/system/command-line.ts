import { Command, type CommanderError } from 'commander';
import { COMPONENT_NAMES } from './components/component';
import { type Action, addCommands } from './commands';
import { UsageError } from './operator-error';
import { commandLine } from './terminal';

const SETTINGS = `
Settings are environment variables or lines of .env; .env.example lists them. INFRA=docker|local|external
selects where PostgreSQL, Redis and SQS run: in Docker, as local processes, or elsewhere. A running copy keeps
the settings that it was started with. Exit codes: 0 success, 1 failure, 2 invalid command line.`;

const SHOWN = ['commander.help', 'commander.helpDisplayed', 'commander.version'];

/**
 * Reads the command line.
 * @returns the command's action; null after the help or the version was shown
 * @throws UsageError with one line that describes the mistake
 */
export async function readCommandLine(args: readonly string[], version: string): Promise<Action | null> {
  let chosen: Action | null = null;
  const program = new Command(commandLine('').trim()).version(version, '-v, --version');
  addCommands(program, (action) => {
    chosen = action;
    return Promise.resolve();
  });
  program.helpCommand('help [command]', 'show the help of a command').addHelpText('after', SETTINGS);
  for (const command of [program, ...program.commands]) {
    command.configureOutput({ writeErr: () => undefined });
    command.exitOverride((error) => {
      throw SHOWN.includes(error.code) ? error : new UsageError(sentence(error, program, command));
    });
  }
  try {
    await program.parseAsync(wordsOf(args, program), { from: 'user' });
  } catch (error) {
    if (!SHOWN.includes((error as CommanderError).code)) throw error;
  }
  return chosen;
}

/** `help X` prints nothing when X is not a command, so X alone is parsed instead: the result is an error message. */
function wordsOf(args: readonly string[], { commands }: Command): readonly string[] {
  const [first, named] = args;
  if (first === undefined) return ['--help'];
  const isOther =
    first === 'help' && named !== undefined && !commands.some((command) => command.name() === named);
  return isOther ? [named] : args;
}

/** One line that describes the mistake and how to correct it. */
function sentence({ code, message }: CommanderError, program: Command, command: Command): string {
  const [, named = ''] = /'([^']*)'/.exec(message) ?? [];
  const help = commandLine(command === program ? '--help' : `${command.name()} --help`);
  if (code === 'commander.unknownCommand') {
    const [, meant] = /Did you mean (.+)\?/.exec(message) ?? [];
    const suggestion = meant === undefined ? '' : ` Did you mean ${meant}?`;
    return `There is no command "${named}".${suggestion} Usage: ${commandLine('COMMAND')}; --help lists the commands.`;
  }
  const subject = command === program ? 'manage-system.sh' : command.name();
  if (code === 'commander.unknownOption') {
    if (command === program) return `${subject} does not know "${named}" before a command. See ${help}.`;
    const options = command.options.map(({ long }) => long);
    return `${subject} does not know "${named}"; it takes ${options.join(', ') || 'no options'}.`;
  }
  if (code === 'commander.excessArguments')
    return `There are too many arguments after ${subject}. See ${help}.`;
  if (code === 'commander.invalidArgument' && message.includes("argument 'component"))
    return `There is no component "${named}"; there are ${COMPONENT_NAMES.join(', ')}.`;
  return `${subject}: ${message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace(/\.$/, '')}. See ${help}.`;
}
