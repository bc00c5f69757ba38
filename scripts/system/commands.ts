import { deadLetters } from './commands/dead-letters';
import { demo } from './commands/demo';
import { down } from './commands/down';
import { healthCheck } from './commands/health-check';
import { logs } from './commands/logs';
import { reset } from './commands/reset';
import { restart } from './commands/restart';
import { rotateKey } from './commands/rotate-key';
import { setupDatabase } from './commands/setup-database';
import { startServices } from './commands/start-services';
import { status } from './commands/status';
import { test } from './commands/test';
import { up } from './commands/up';
import { type Settings } from './settings';

export interface Command {
  readonly name: string;
  /** Options and arguments, as the help shows them. */
  readonly usage: string;
  readonly help: string;
  /** @returns the exit code */
  readonly run: (settings: Settings, args: readonly string[]) => Promise<number>;
}

/** What the script can do, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  { name: 'up', usage: '', help: 'start what is down: infrastructure, databases, both services', run: up },
  { name: 'down', usage: '', help: 'stop everything in good order; data stays', run: down },
  { name: 'restart', usage: '', help: 'down, then up', run: restart },
  {
    name: 'status',
    usage: '[--json]',
    help: 'how every component is; exit code 0 if all are healthy',
    run: status,
  },
  { name: 'logs', usage: '[component]', help: 'follow the logs of all components, or of one', run: logs },
  {
    name: 'demo',
    usage: '[--interactive]',
    help: 'follow an order from token to DELIVERED, every answer checked',
    run: demo,
  },
  {
    name: 'test',
    usage: '',
    help: 'lint, type-check, build, run all tests (COVERAGE=1: with coverage)',
    run: test,
  },
  { name: 'reset', usage: '[--yes]', help: 'down, then remove all data, logs and keys', run: reset },
  { name: 'setup-database', usage: '', help: 'create and migrate both databases', run: setupDatabase },
  { name: 'start-services', usage: '', help: 'start the two services only', run: startServices },
  {
    name: 'health-check',
    usage: '',
    help: 'one line a component; exit code 0 if all are healthy',
    run: healthCheck,
  },
  {
    name: 'rotate-key',
    usage: '[--wait SECONDS]',
    help: 'a new key for access tokens, without refusing any that is out',
    run: rotateKey,
  },
  {
    name: 'dead-letters',
    usage: 'list|redrive|drop',
    help: 'what failed for the last time: [QUEUE] [ID…] [--all]',
    run: deadLetters,
  },
];
