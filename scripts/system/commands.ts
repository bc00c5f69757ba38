import { Argument, type Command, InvalidArgumentError } from 'commander';
import { COMPONENT_NAMES, type ComponentName } from './components/component';
import { deadLetters } from './commands/dead-letters';
import { demo } from './commands/demo';
import { down } from './commands/down';
import { env } from './commands/env';
import { healthCheck } from './commands/health-check';
import { outbox } from './commands/outbox';
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

/** Runs a command with the settings; resolves with the exit code. */
export type Action = (settings: Settings) => Promise<number>;
type Run = (action: Action) => Promise<void>;
type Names = readonly ComponentName[];

/** Adds every command, in the order of the help; `run` receives the action of the chosen command. */
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
    .description('start every stopped component: infrastructure, databases, both services')
    .addArgument(components())
    .option('--infra', 'start only the infrastructure, with databases, queues and keys')
    .action((names: Names, { infra = false }: { infra?: boolean }) =>
      run((settings) => up(settings, { names, infra })),
    );
  program
    .command('down')
    .description('stop all or the named components gracefully; data is kept')
    .addArgument(components())
    .action((names: Names) => run((settings) => down(settings, names)));
  program
    .command('restart')
    .description('down, then up, with the current sources and settings')
    .addArgument(components())
    .action((names: Names) => run((settings) => restart(settings, names)));
  program
    .command('reset')
    .description('down, then remove all data, logs and keys')
    .option('--yes', 'do not ask for confirmation')
    .action(({ yes = false }: { yes?: boolean }) => run((settings) => reset(settings, { yes })));
}

function addLogsAndStatus(program: Command, run: Run): void {
  program
    .command('status')
    .description('show the state of each component; exit code 0 if all are healthy')
    .addArgument(components())
    .option('--json', 'print JSON')
    .action((names: Names, { json = false }: { json?: boolean }) =>
      run((settings) => status(settings, { names, json })),
    );
  program
    .command('logs')
    .description('show the logs sorted by time, and follow them')
    .addArgument(components())
    .option('-n, --tail <lines>', 'number of lines per component, or all (default: 25; all with --no-follow)')
    .option('--order <id>', 'only the lines of one order, across both services; --tail counts these lines')
    .option('--since <time>', 'only lines newer than a duration (30s, 5m, 2h, 1d) or an ISO 8601 time')
    .option('-f, --follow', 'wait for new lines', true)
    .option('--no-follow', 'exit after the existing lines')
    .action((names: Names, options: Omit<LogOptions, 'names'>) =>
      run((settings) => logs(settings, { names, ...options })),
    );
  program
    .command('health-check')
    .description(
      'report faults, causes before consequences, and how to fix them; exit code 0 if all is healthy, else 1',
    )
    .option('--json', 'print JSON')
    .option('--order-url <url>', 'check this Order Service instead of this copy', serviceUrl)
    .option('--delivery-url <url>', 'check this Delivery Service instead of this copy', serviceUrl)
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
    .description('follow an order from token to DELIVERED and check every response, event and webhook')
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
    .description('print shell variables (for eval) with the URLs of the services of this copy')
    .option('--services', 'print the variables that a service run from a shell needs')
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
    .description('create a new signing key; issued access tokens stay valid')
    .option('--wait <seconds>', 'time until the new key signs (default: 16)')
    .action(({ wait }: { wait?: string }) =>
      run((settings) => rotateKey(settings, wait === undefined ? [] : ['--wait', wait])),
    );
  program
    .command('dead-letters')
    .description('list, redrive or drop dead letters')
    .argument('[action]', 'list, redrive or drop')
    .argument('[queue]', 'orders-queue or delivery-status-queue (default: both)')
    .argument('[ids...]', 'ids as shown by list')
    .option('--all', 'every dead letter of the queue')
    .action((action?: string, queue?: string, ids: string[] = [], { all = false }: { all?: boolean } = {}) =>
      run((settings) => deadLetters(settings, given([action, queue, ...ids], all))),
    );
  program
    .command('outbox')
    .description('list, retry or drop events that a queue refuses')
    .argument('[action]', 'list, retry or drop')
    .argument('[service]', 'order-service or delivery-service (default: both)')
    .argument('[ids...]', 'event ids as shown by list')
    .option('--all', 'every refused event of the service')
    .action(
      (action?: string, service?: string, ids: string[] = [], { all = false }: { all?: boolean } = {}) =>
        run((settings) => outbox(settings, given([action, service, ...ids], all))),
    );
}

/** The arguments that were given, with the option `--all` at the end. */
const given = (args: readonly (string | undefined)[], all: boolean): string[] => [
  ...args.filter((argument) => argument !== undefined),
  ...(all ? ['--all'] : []),
];

const HEALTH_EXIT_CODES = `
Exit codes: 0 all is healthy, 1 a component has failed or nothing runs, 2 invalid command line.
docs/HEALTH_CHECK.md describes the output of --json.`;

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
  return new Argument('[component...]', 'default: all').choices(COMPONENT_NAMES);
}
