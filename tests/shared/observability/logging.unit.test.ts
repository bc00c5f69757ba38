import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  addLogField,
  childTraceparent,
  currentContext,
  runInContext,
} from '../../../src/shared/observability/context';
import { createLogger } from '../../../src/shared/observability/logger';
import { originOf } from '../../../src/shared/event-log/event';
import { createGroupCommit } from '../../../src/shared/postgres/group-commit';

const TRACEPARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';

describe('the log', () => {
  afterEach(() => sinon.restore());

  /** The output to standard output during `work` and the following event loop iteration. */
  async function outputOf(work: () => void): Promise<string> {
    let written = '';
    const stub = sinon.stub(process.stdout, 'write').callsFake((text) => (written += String(text)) !== '');
    work();
    await nextTurn();
    stub.restore();
    return written;
  }

  it('given a line about an order of a batch, then its own fields override those of the context, including the time', async () => {
    const logger = createLogger({ service: 'test', level: 'info' });
    const text = await outputOf(() =>
      runInContext({ correlationId: 'of the first', traceparent: TRACEPARENT }, () => {
        addLogField('order_id', 'first');
        addLogField('client_id', 'shop');
        const timestamp = '2026-01-02T03:04:05.678Z';
        logger.info('applied', { order_id: 'second', correlation_id: 'of the second', timestamp });
      }),
    );
    expect(JSON.parse(text)).to.deep.equal({
      level: 'info',
      message: 'applied',
      service: 'test',
      order_id: 'second',
      correlation_id: 'of the second',
      client_id: 'shop',
      timestamp: '2026-01-02T03:04:05.678Z',
    });
  });

  it('given several lines at the same time, then they are written in one call, each complete', async () => {
    const logger = createLogger({ service: 'test', level: 'info' });
    const writes = sinon.stub(process.stdout, 'write').returns(true);
    for (const n of [1, 2, 3]) logger.info('line', { n });
    await nextTurn();
    const texts = writes.args.map(([text]) => String(text));
    writes.restore();
    expect(texts).to.have.length(1);
    expect(
      texts[0]!
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { n: number }).n),
    ).to.deep.equal([1, 2, 3]);
  });

  it('given fields that JSON cannot represent, then the line is still written', async () => {
    const logger = createLogger({ service: 'test', level: 'info' });
    const circular: Record<string, unknown> = { n: 1n };
    circular['self'] = circular;
    expect(JSON.parse(await outputOf(() => logger.info('odd', { circular })))).to.deep.include({
      message: 'odd',
      circular: { n: '1', self: '[Circular]' },
    });
  });

  it('given work that several requests share, then its lines have the fields of none of them', async () => {
    const seen: unknown[] = [];
    const share = createGroupCommit<number, number>({
      work: (items) => {
        seen.push(currentContext()?.fields);
        return Promise.resolve(items.map((value) => ({ value })));
      },
    });
    const contexts = await Promise.all(
      ['a', 'b'].map((correlationId, index) =>
        runInContext({ correlationId, traceparent: TRACEPARENT }, async () => {
          await share(index);
          return currentContext()?.fields['correlation_id'];
        }),
      ),
    );
    expect(seen).to.deep.equal([{}]);
    expect(contexts, 'each request continues with its own fields').to.deep.equal(['a', 'b']);
  });

  it('given a request, then its lines have its ids; hostile text stays within one line of JSON', async () => {
    const write = sinon.stub(console, 'log');
    const written: string[] = [];
    const stream = (console as unknown as { _stdout: NodeJS.WriteStream })._stdout;
    sinon.stub(stream, 'write').callsFake((line) => written.push(String(line)) > 0);
    const logger = createLogger({ service: 'test', level: 'info' });
    runInContext({ correlationId: 'c-1', traceparent: TRACEPARENT }, () => {
      addLogField('order_id', 'o-1');
      logger.info('a\r\nfake line \u001b[31mred', { name: 'x\ny' });
      logger.debug('not shown');
    });
    await nextTurn();
    sinon.restore();
    expect(write.callCount).to.equal(0);
    expect(written).to.have.length(1);
    for (const character of ['\r', '\n', '\u001b']) expect(written[0]!.trim()).not.to.contain(character);
    const line = JSON.parse(written[0]!) as Record<string, string>;
    expect(line).to.include({
      service: 'test',
      level: 'info',
      correlation_id: 'c-1',
      order_id: 'o-1',
      name: 'x\ny',
    });
    expect(line['timestamp']).to.match(/^\d{4}-.*Z$/);
  });
});

describe('tracing', () => {
  it('given a valid parent, then the child is in its trace; otherwise it starts a new trace', () => {
    expect(childTraceparent(TRACEPARENT)).to.match(
      /^00-0123456789abcdef0123456789abcdef-(?!0123456789abcdef)[0-9a-f]{16}-01$/,
    );
    for (const bad of [
      undefined,
      'x',
      `00-${'0'.repeat(32)}-0123456789abcdef-01`,
      TRACEPARENT.toUpperCase(),
    ]) {
      expect(childTraceparent(bad))
        .to.match(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
        .and.not.contain('0123456789abcdef0123');
    }
  });

  it('given a context, then new events have its ids; outside of a context, new ids', () => {
    const inside = runInContext({ correlationId: 'c-1', traceparent: TRACEPARENT }, () => originOf('shop'));
    expect(inside).to.deep.equal({ actor: 'shop', correlationId: 'c-1', traceparent: TRACEPARENT });
    expect(originOf('loop').correlationId).not.to.equal(originOf('loop').correlationId);
  });
});
