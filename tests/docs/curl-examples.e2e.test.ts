import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { SHELLS } from '../support/shells';
import { startServicePair, type ServicePair } from '../support/service-pair';

const run = promisify(execFile);
const MARK = '@@@ end of block';
/** The command that sets ORDER_URL and DELIVERY_URL; here to the services of this test. */
const WHERE = 'eval "$(./scripts/manage-system.sh env)"';

interface Example {
  script: string;
  /** The answer below the block; null when there is none. */
  answer: string | null;
}

describe('the curl commands of the documents', () => {
  let pair: ServicePair;
  before(async () => {
    // Enough time to read and cancel an order before it is shipped, even on a busy machine.
    pair = await startServicePair({ variables: { SIMULATED_STEP_MS: '4000', INSTANCE_ID: 'copy-1' } });
  });
  after(() => pair.stop());

  for (const shell of SHELLS)
    it(`given the blocks of demo/curl-examples.md, when they are pasted one after the other into ${shell}, then each prints the documented answer`, () =>
      pasted(shell)).timeout(60_000);

  async function pasted(shell: string): Promise<void> {
    const examples = examplesOf(readFileSync('demo/curl-examples.md', 'utf8'));
    expect(examples.filter(({ answer }) => answer !== null)).to.have.length.above(20);
    const lines = examples.map((example) => `${example.script}\nprintf '\\n${MARK}\\n'`).join('\n');
    expect(lines, 'the services are those of this copy').to.contain(`${WHERE}\n`);
    const script = lines.replace(WHERE, '');
    const { orderUrl: ORDER_URL, deliveryUrl: DELIVERY_URL } = pair;
    const env = { ...process.env, ORDER_URL, DELIVERY_URL };
    const { stdout } = await run(shell, ['-c', script], { env, maxBuffer: 10 * 1024 * 1024 });
    const outputs = stdout.split(MARK);
    for (const [index, { answer, script: block }] of examples.entries()) {
      if (answer !== null) expect(shapeOf(outputs[index]!), block).to.deep.equal(shapeOf(answer));
    }
  }

  it('given the four lines of the README, then they place an order and show its timeline', async () => {
    const [, block = ''] =
      /## curl in four lines\n\n```sh\n([^`]+)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const lines = block.trim().split('\n');
    expect(lines).to.have.length(4);
    expect(lines[0]).to.equal(`./scripts/manage-system.sh up && ${WHERE}`);
    const script = lines.slice(1).join('\n');
    const env = { ...process.env, ORDER_URL: pair.orderUrl };
    for (const shell of SHELLS) {
      const { stdout } = await run(shell, ['-euc', script], { env });
      expect((JSON.parse(stdout) as { data: { type: string }[] }).data[0]?.type).to.equal('ORDER_CREATED');
    }
  });
});

function examplesOf(markdown: string): Example[] {
  return [...markdown.matchAll(/```sh\n([^]*?)```(?:\n+```http\n([^]*?)```)?/g)].map(
    ([, script, answer]) => ({
      script: script!,
      answer: answer ?? null,
    }),
  );
}

/** Members whose values are the same in every run. */
const EXACT = ['code', 'error', 'type'];

/** The compared parts: status, media type, and every member of the body with its type of value, or, for some members, the value. */
function shapeOf(output: string): unknown {
  const text = output.replaceAll('\r', '').trim();
  const head = text.slice(text.lastIndexOf('HTTP/1.1 '));
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(head) ?? [];
  const [, type] = /^content-type: (\S+)/im.exec(head) ?? [];
  const body = head.slice(head.indexOf('\n\n') + 2);
  const isJson = /json/.test(type ?? '') && !/ndjson/.test(type ?? '');
  return { status, type, body: isJson ? membersOf(JSON.parse(body)) : null };
}

function membersOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [membersOf(value[0])];
  if (typeof value !== 'object' || value === null) return value === null ? null : typeof value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, EXACT.includes(name) ? member : membersOf(member)])
      .map(([name, shape]) => [name, name === 'shipping' ? 'null until SHIPPED' : shape]),
  );
}
