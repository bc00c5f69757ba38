import { expect } from 'chai';
import sinon from 'sinon';
import { readCommandLine } from '../../scripts/system/command-line';
import { UsageError } from '../../scripts/system/operator-error';

const COMPONENTS = 'order-service, delivery-service, postgres, redis, sqs';

describe('the command line', () => {
  afterEach(() => sinon.restore());

  const read = (text: string) => readCommandLine(text.split(' ').filter(Boolean), '1.2.3');
  /** The text that is printed when there is no action. */
  async function shown(text: string): Promise<string> {
    const write = sinon.stub(process.stdout, 'write').returns(true);
    const action = await read(text).finally(() => write.restore());
    expect(action, text).to.equal(null);
    return write.args.map(([chunk]) => String(chunk)).join('');
  }

  for (const line of [
    ...[
      'up',
      'up --infra',
      'up redis sqs',
      'down',
      'down order-service',
      'restart',
      'restart delivery-service',
    ],
    ...[
      'status',
      'status --json',
      'status redis',
      'status redis --json',
      'health-check',
      'env',
      'env --services',
    ],
    ...['logs', 'logs order-service', 'logs --tail 5 --since 5m --no-follow', 'logs -n all -f sqs'],
    ...['demo', 'demo --interactive', 'test', 'reset', 'reset --yes', 'setup-database', 'start-services'],
    ...['rotate-key', 'rotate-key --wait 3', 'dead-letters list', 'dead-letters drop orders-queue a b'],
    ...['dead-letters redrive --all', 'outbox list', 'outbox retry order-service a b', 'outbox drop --all'],
  ]) {
    it(`given "${line}", then it is accepted`, async () => {
      expect(await read(line)).to.be.a('function');
    });
  }

  for (const [line, message] of [
    [
      'launch',
      /^There is no command "launch"\. Usage: .*manage-system\.sh COMMAND; --help lists the commands\.$/,
    ],
    ['stauts', /^There is no command "stauts"\. Did you mean status\?/],
    ['help stauts', /^There is no command "stauts"\. Did you mean status\?/],
    ['help --fast', /^manage-system\.sh does not know "--fast"/],
    ['restart order', `There is no component "order"; there are ${COMPONENTS}.`],
    ['up redis nothing', `There is no component "nothing"; there are ${COMPONENTS}.`],
    ['demo --fast', 'demo does not know "--fast"; it takes --interactive.'],
    ['down --volumes', 'down does not know "--volumes"; it takes no options.'],
    ['--fast', /^manage-system\.sh does not know "--fast"/],
    ['--json status', /^manage-system\.sh does not know "--json" before a command\. See .*sh --help\.$/],
    [
      'logs --lines 5',
      'logs does not know "--lines"; it takes --tail, --order, --since, --follow, --no-follow.',
    ],
    ['logs --tail', /^logs: option '-n, --tail <lines>' argument missing\. See .*logs --help\.$/],
    ['demo now', /^There are too many arguments after demo\. See .*demo --help\.$/],
    ['reset order-service', /^There are too many arguments after reset\./],
    ['test unit', /^There are too many arguments after test\./],
  ] as const) {
    it(`given "${line}", then one line describes the mistake`, async () => {
      const error = await read(line).catch((thrown: unknown) => thrown);
      expect(error).to.be.instanceOf(UsageError);
      expect((error as UsageError).message).to.match(
        message instanceof RegExp ? message : new RegExp(`^${message.replaceAll(/[.?]/g, String.raw`\$&`)}$`),
      );
      expect((error as UsageError).message).not.to.contain('\n');
    });
  }

  it('given nothing, --help or help, then every command is listed', async () => {
    for (const line of ['', '--help', '-h', 'help', 'help help'])
      expect(await shown(line)).to.match(/^Usage: .*\n[^]*up [^]*dead-letters[^]*Exit codes/);
  });

  it('given the help of a command, then its options are explained', async () => {
    for (const line of ['up --help', 'up -h', 'help up', 'up redis --help'])
      expect(await shown(line)).to.match(/^Usage: .* up [^]*--infra [^]*infrastructure/);
  });

  it('given --version, then the version of the package is printed', async () => {
    for (const line of ['--version', '-v']) expect(await shown(line)).to.equal('1.2.3\n');
  });
});
