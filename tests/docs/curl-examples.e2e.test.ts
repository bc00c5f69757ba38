import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { eventually } from '../support/eventually';
import { startServicePair, type ServicePair } from '../support/service-pair';

const run = promisify(execFile);

interface Example {
  /** The status that the document promises; null when the block only sets variables. */
  status: number | null;
  script: string;
}

describe('demo/curl-examples.md', () => {
  let pair: ServicePair;
  before(async () => {
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '60000' } });
  });
  after(() => pair.stop());

  it('given its blocks run one after the other, then each answers what the document says', async () => {
    const examples = examplesOf(readFileSync('demo/curl-examples.md', 'utf8'));
    expect(examples.filter(({ status }) => status !== null)).to.have.length.above(14);
    let before = '';
    for (const { status, script } of examples) {
      if (status !== null)
        await eventually(async () => expect(await statusOf(before + script), script).to.equal(status));
      before += assignmentsOf(script);
    }
  });

  it('given the four lines of the README, then they place an order and show its timeline', async () => {
    const [, block = ''] =
      /## curl in four lines\n\n```sh\n([^`]+)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const lines = block.trim().split('\n');
    expect(lines).to.have.length(4);
    const script = lines.slice(1).join('\n').replaceAll('localhost:3001', pair.orderUrl);
    const { stdout } = await run('bash', ['-euc', script]);
    expect((JSON.parse(stdout) as { data: { type: string }[] }).data[0]?.type).to.equal('ORDER_CREATED');
  });

  /** The status line of the last answer that a script prints. */
  async function statusOf(script: string): Promise<number> {
    const { orderUrl: ORDER_URL, deliveryUrl: DELIVERY_URL } = pair;
    const { stdout } = await run('bash', ['-c', script], {
      env: { ...process.env, ORDER_URL, DELIVERY_URL },
    });
    const [, status] = /^HTTP\/1\.1 (\d{3})/m.exec(stdout) ?? [];
    return Number(status);
  }
});

function examplesOf(markdown: string): Example[] {
  return markdown
    .split('```sh\n')
    .slice(1)
    .map((rest, index) => {
      const textBefore = markdown.split('```sh\n')[index]?.split('```').at(-1) ?? '';
      const [, status] = /Answer: (\d{3})/.exec(textBefore) ?? [];
      return { status: status === undefined ? null : Number(status), script: rest.split('```')[0] ?? '' };
    });
}

/** What later blocks need of a block: everything but the request whose answer it shows. */
function assignmentsOf(script: string): string {
  const statements = script.split(/\n(?! )/);
  return `${statements.filter((statement) => !statement.startsWith('curl ')).join('\n')}\n`;
}
