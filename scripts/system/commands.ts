import { Argument, type Command, InvalidArgumentError } from 'commander';
import { COMPONENT_NAMES, type ComponentName } from './components/component';
import { deadLetters } from './commands/dead-letters';
import { demo } from './commands/demo';
import { down } from './commands/down';
import { env } from './commands/env';
import { healthCheck } from './commands/health-check';
import { logs, type LogOptions } from './commands/logs';
import { reset } from './commands/reset';
import { restart } from './commands/restart';
import { rotateKey } from './commands/rotate-key';
import { setupDatabase } from './commands/setup-database';
import { startServices } from './commands/start-services';
import { status } from './commands/status';
import { test } from './commands/test';
import { up } from './commands/up';
import { type Settings } from './settings';

/** What a command does once the settings are known; it gives the exit code. */
export type Action = (settings: Settings) => Promise<number>;
type Run = (action: Action) => Promise<void>;
type Names = readonly ComponentName[];

/** Adds every command, in the order of the help; `run` is given the action of the one that is called. */
export function addCommands(program: Command, run: Run): void {
  addStartAndStop(program, run);
  addLogsAndStatus(program, run);
  addDemoAndTest(program, run);
  addParts(program, run);
  addOperations(program, run);
}

function addStartAndStop(program: Command, run: Run): void {
  program
    .command('up')
    .description('start what is down: infrastructure, databases, both services')
    .addArgument(components())
    .option('--infra', 'only the infrastructure, with databases, queues and keys')
    .action((names: Names, { infra = false }: { infra?: boolean }) =>
      run((settings) => up(settings, { names, infra })),
    );
  program
    .command('down')
    .description('stop everything, or some, in good order; data stays')
    .addArgument(components())
    .action((names: Names) => run((settings) => down(settings, names)));
  program
    .command('restart')
    .description('down, then up, with sources and settings as they are now')
    .addArgument(components())
    .action((names: Names) => run((settings) => restart(settings, names)));
  program
    .command('reset')
    .description('down, then remove all data, logs and keys')
    .option('--yes', 'without a question')
    .action(({ yes = false }: { yes?: boolean }) => run((settings) => reset(settings, { yes })));
}

function addLogsAndStatus(program: Command, run: Run): void {
  program
    .command('status')
    .description('how each component is; exit code 0 if all are healthy')
    .addArgument(components())
    .option('--json', 'for programs')
    .action((names: Names, { json = false }: { json?: boolean }) =>
      run((settings) => status(settings, { names, json })),
    );
  program
    .command('logs')
    .description('show the logs by time, and follow them')
    .addArgument(components())
    .option('-n, --tail <lines>', 'lines of each component, or all (default: 25, without following all)')
    .option('--order <id>', 'only the lines of one order, across both services; --tail counts those')
    .option('--since <time>', 'only what is younger, such as 30s, 5m, 2h, 1d, or than a time of ISO 8601')
    .option('-f, --follow', 'wait for more', true)
    .option('--no-follow', 'end with what is there')
    .action((names: Names, options: Omit<LogOptions, 'names'>) =>
      run((settings) => logs(settings, { names, ...options })),
    );
  program
    .command('health-check')
    .description(
      'what is wrong, causes before consequences, and what helps; exit code 0 if all is healthy, else 1',
    )
    .option('--json', 'for programs')
    .option('--order-url <url>', 'ask an Order Service elsewhere, and not this copy', serviceUrl)
    .option('--delivery-url <url>', 'ask a Delivery Service elsewhere, and not this copy', serviceUrl)
    .addHelpText('after', HEALTH_EXIT_CODES)
    .action(({ json = false, orderUrl, deliveryUrl }: HealthCheckArguments) =>
      run((settings) =>
        healthCheck(settings, {
          json,
          elsewhere: {
            ...(orderUrl !== undefined && { 'order-service': orderUrl }),
            ...(deliveryUrl !== undefined && { 'delivery-service': deliveryUrl }),
          },
        }),
      ),
    );
}

function addDemoAndTest(program: Command, run: Run): void {
  program
    .command('demo')
    .description('follow an order from token to DELIVERED, every answer checked')
    .option('--interactive', 'wait for Enter between the steps')
    .action(({ interactive = false }: { interactive?: boolean }) =>
      run((settings) => demo(settings, { interactive })),
    );
  program
    .command('test')
    .description('lint, type-check, build, run all tests (COVERAGE=1: with coverage)')
    .action(() => run(test));
}

function addParts(program: Command, run: Run): void {
  program
    .command('env')
    .description('lines for eval: where the services of this copy are')
    .option('--services', 'the variables of a service that is run from a shell')
    .action(({ services = false }: { services?: boolean }) => run((settings) => env(settings, { services })));
  program
    .command('setup-database')
    .description('create and migrate both databases')
    .action(() => run(setupDatabase));
  program
    .command('start-services')
    .description('start the two services only')
    .action(() => run(startServices));
}

function addOperations(program: Command, run: Run): void {
  program
    .command('rotate-key')
    .description('a new key for access tokens, without refusing any that is out')
    .option('--wait <seconds>', 'until the new key signs (default: 16)')
    .action(({ wait }: { wait?: string }) =>
      run((settings) => rotateKey(settings, wait === undefined ? [] : ['--wait', wait])),
    );
  program
    .command('dead-letters')
    .description('list, redrive or drop the messages that failed for the last time')
    .argument('[action]', 'list, redrive or drop')
    .argument('[queue]', 'orders-queue or delivery-status-queue; both if left out')
    .argument('[ids...]', 'as list shows them')
    .option('--all', 'every dead letter of the queue')
    .action(
      (
        action: string | undefined,
        queue: string | undefined,
        ids: string[],
        { all = false }: { all?: boolean },
      ) =>
        run((settings) =>
          deadLetters(settings, [
            ...[action, queue].filter((argument) => argument !== undefined),
            ...ids,
            ...(all ? ['--all'] : []),
          ]),
        ),
    );
}

const HEALTH_EXIT_CODES = `
Exit code 0: all is healthy. 1: something has failed, or nothing runs. 2: the command line cannot be understood.
docs/HEALTH_CHECK.md describes what --json prints.`;

interface HealthCheckArguments {
  json?: boolean;
  orderUrl?: string;
  deliveryUrl?: string;
}

function serviceUrl(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (!isUrl) throw new InvalidArgumentError('It must be an http:// or https:// URL.');
  return text;
}

function components(): Argument {
  return new Argument('[component...]', 'all if left out').choices(COMPONENT_NAMES);
}
