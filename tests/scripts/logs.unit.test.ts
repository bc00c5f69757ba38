import { expect } from 'chai';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { mergedByTime, timeOfLine, toEntries } from '../../scripts/system/logs/log-entry';
import { readLog, readLogs } from '../../scripts/system/logs/read-log';
import { scanLog } from '../../scripts/system/logs/scan-log';
import { readSince, readTail } from '../../scripts/system/logs/since';
import { OperatorError, UsageError } from '../../scripts/system/operator-error';
import { followFile } from '../../scripts/system/logs/follow-file';
import { readableLine } from '../../scripts/system/logs/readable-line';

describe('readableLine', () => {
  it('given an entry of a service, then it is shown as time, level, message and fields', () => {
    const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();
    const entry = {
      level: 'warn',
      message: 'slow',
      service: 'order-service',
      timestamp: time,
      order_id: 'a1',
      ms: 12,
    };

    expect(readableLine(JSON.stringify(entry))).to.equal('03:04:05 WARN  slow order_id=a1 ms=12');
  });

  it('given a request, then it is shown as method, path, status and duration, with the correlation id last', () => {
    const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();
    const request = { method: 'GET', path: '/orders/1', status: 200, duration_ms: 3.5 };
    const entry = { correlation_id: 'c1', client_id: 'shop', level: 'info', message: 'request', ...request };

    expect(readableLine(JSON.stringify({ ...entry, timestamp: time }))).to.equal(
      '03:04:05 INFO  GET /orders/1 200 (3.5 ms) client_id=shop correlation_id=c1',
    );
  });

  it('given a line that is not an entry, then it is unchanged', () => {
    expect(readableLine('LOG:  ready')).to.equal('LOG:  ready');
    expect(readableLine('{broken')).to.equal('{broken');
  });
});

describe('timeOfLine', () => {
  const time = Date.parse('2026-01-02T03:04:05.678Z');

  it('given a line of any component, then its time is found', () => {
    for (const line of [
      '{"level":"info","message":"up","timestamp":"2026-01-02T03:04:05.678Z"}',
      '2026-01-02 03:04:05.678 UTC [99] LOG:  ready',
      '99:M 02 Jan 2026 03:04:05.678 * Ready to accept connections',
    ])
      expect(timeOfLine(line), line).to.equal(time);
  });

  it('given a line without a time, then it stays after the previous line', () => {
    for (const line of ['', '    at main', '{broken', '{"timestamp":"never"}', '2026-13-45 99:99:99 UTC x'])
      expect(timeOfLine(line), line).to.equal(null);
    const entries = toEntries('sqs', ['banner', '2026-01-02 03:04:05.678 UTC x', '  at y'], 7);
    expect(entries.map((entry) => entry.time)).to.deep.equal([7, time, time]);
  });

  it('given logs of several components, then they are merged by time, and each keeps its order', () => {
    const log = fc.array(fc.integer({ min: 0, max: 50 })).map((times) => times.sort((a, b) => a - b));
    fc.assert(
      fc.property(log, log, (first, second) => {
        const entries = [first, second].flatMap((times, log) =>
          times.map((at, index) => ({ component: String(log), line: String(index), time: at })),
        );
        const merged = mergedByTime(entries);
        expect(merged.map((entry) => entry.time)).to.deep.equal([...first, ...second].sort((a, b) => a - b));
        for (const component of ['0', '1'])
          expect(merged.filter((entry) => entry.component === component)).to.deep.equal(
            entries.filter((entry) => entry.component === component),
          );
      }),
    );
  });
});

describe('readLog', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'logs-'));
    file = join(folder, 'a.log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const lineAt = (second: number) =>
    `{"timestamp":"${new Date(second * 1_000).toISOString()}","message":"${'x'.repeat(200)}"}`;
  const seconds = (range: { tail: number | null; since: number | null }) =>
    readLog('a', file, range).entries.map(({ time }) => time / 1_000);

  it('given a log longer than one read, then exactly the requested lines are returned', () => {
    const all = Array.from({ length: 2_000 }, (_, second) => second);
    writeFileSync(file, `${all.map(lineAt).join('\n')}\n`);
    fc.assert(
      fc.property(fc.option(fc.nat(2_100)), fc.option(fc.nat(2_100)), (tail, since) => {
        const recent = all.filter((second) => since === null || second >= since);
        const expected = tail === null ? recent : recent.slice(Math.max(0, recent.length - tail));
        expect(seconds({ tail, since: since === null ? null : since * 1_000 })).to.deep.equal(expected);
      }),
      { numRuns: 40 },
    );
  });

  it('given an incomplete last line, then it is left for following', () => {
    writeFileSync(file, `${lineAt(1)}\n${lineAt(2)}`);
    const { entries, end } = readLog('a', file, { tail: null, since: null });
    expect(entries.map(({ time }) => time)).to.deep.equal([1_000]);
    const lines: string[] = [];
    appendFileSync(file, '\n');
    followFile(file, 0, (line) => lines.push(line), end)();
    expect(lines).to.deep.equal([lineAt(2)]);
  });

  it('given a rotated log, then lines of the previous file are returned if requested', () => {
    writeFileSync(`${file}.1`, `${[1, 2, 3].map(lineAt).join('\n')}\n`);
    writeFileSync(file, `${[4, 5].map(lineAt).join('\n')}\n`);
    const given = (tail: number | null, since: number | null) =>
      readLogs('a', file, { tail, since }).entries.map(({ time }) => time / 1_000);

    expect(given(3, null)).to.deep.equal([3, 4, 5]);
    expect(given(2, null)).to.deep.equal([4, 5]);
    expect(given(null, 2_000)).to.deep.equal([2, 3, 4, 5]);
    expect(given(null, null)).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it('given a log longer than the limit, then its end is returned and marked as cut', () => {
    writeFileSync(file, `${[1, 2, 3, 4].map(lineAt).join('\n')}\n`);
    const longest = 2 * lineAt(1).length + 10;
    const { entries, isCut } = readLog('a', file, { tail: null, since: null }, longest);
    expect([entries.map(({ time }) => time / 1_000), isCut]).to.deep.equal([[3, 4], true]);
    expect(readLog('a', file, { tail: 1, since: null }, longest).isCut).to.equal(false);
  });

  it('given a log of gigabytes without a line break, then nothing is returned without an error', () => {
    writeFileSync(file, '');
    truncateSync(file, 3 * 2 ** 30);
    expect(readLog('a', file, { tail: 2, since: null }, 2 ** 20)).to.deep.include({
      entries: [],
      isCut: true,
    });
  });

  it('given a folder in the place of a log, then one sentence reports it', () => {
    mkdirSync(file);
    expect(() => readLog('a', file, { tail: null, since: null })).to.throw(
      OperatorError,
      /a\.log is not a file/,
    );
    expect(() =>
      scanLog(
        file,
        () => ['x'],
        () => undefined,
      ),
    ).to.throw(OperatorError, /a\.log is not a file/);
  });

  it('given no log, or an empty one, then nothing is returned', () => {
    expect(seconds({ tail: 5, since: 1 })).to.deep.equal([]);
    writeFileSync(file, '');
    expect(seconds({ tail: null, since: null })).to.deep.equal([]);
  });
});

describe('the range of logs', () => {
  it('given a duration or a time, then it is accepted', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    const agoSeconds = { '30s': 30, '5m': 300, '2h': 7_200, '1d': 86_400, '1h30m': 5_400, '0s': 0 };
    for (const [text, seconds] of Object.entries(agoSeconds))
      expect(readSince(text, now), text).to.equal(now - seconds * 1_000);
    expect(readSince('2026-01-01T12:00:00Z', now)).to.equal(now - 43_200_000);
    expect([readTail('all'), readTail('0'), readTail('17')]).to.deep.equal([null, 0, 17]);
  });

  it('given anything else, then it is refused', () => {
    for (const text of ['', '5', 'm', '5x', '-5m', 'yesterday', '2026-99-99', '5m '])
      expect(() => readSince(text, 0), text).to.throw(UsageError, /^--since takes/);
    for (const text of ['', '-1', '1.5', 'many'])
      expect(() => readTail(text), text).to.throw(UsageError, /^--tail takes/);
  });
});
