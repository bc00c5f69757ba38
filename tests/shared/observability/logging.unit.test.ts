import { expect } from 'chai';
import sinon from 'sinon';
import { addLogField, runInContext } from '../../../src/shared/observability/context';
import { createLogger } from '../../../src/shared/observability/logger';
import { originOf } from '../../../src/shared/observability/origin';
import { childTraceparent } from '../../../src/shared/observability/tracing';

const TRACEPARENT = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';

describe('the log', () => {
  afterEach(() => sinon.restore());

  it('given a request, then its lines carry its ids; hostile text stays inside one line of JSON', () => {
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
  it('given a valid parent, then the child is in its trace; otherwise it has one of its own', () => {
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

  it('given a context, then what it causes has its ids; outside of one, ids of its own', () => {
    const inside = runInContext({ correlationId: 'c-1', traceparent: TRACEPARENT }, () => originOf('shop'));
    expect(inside).to.deep.equal({ actor: 'shop', correlationId: 'c-1', traceparent: TRACEPARENT });
    expect(originOf('loop').correlationId).not.to.equal(originOf('loop').correlationId);
  });
});
