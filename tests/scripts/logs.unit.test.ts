import { expect } from 'chai';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followFile } from '../../scripts/system/logs/follow-file';
import { readableLine } from '../../scripts/system/logs/readable-line';
import { waitUntil } from '../../scripts/system/processes/wait-until';

describe('readableLine', () => {
  it('given an entry of a service, then it reads as time, level, message and fields', () => {
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

  it('given a request, then it reads as method, path, status and duration, with the correlation id last', () => {
    const time = new Date(2026, 0, 2, 3, 4, 5).toISOString();
    const request = { method: 'GET', path: '/orders/1', status: 200, duration_ms: 3.5 };
    const entry = { correlation_id: 'c1', client_id: 'shop', level: 'info', message: 'request', ...request };

    expect(readableLine(JSON.stringify({ ...entry, timestamp: time }))).to.equal(
      '03:04:05 INFO  GET /orders/1 200 (3.5 ms) client_id=shop correlation_id=c1',
    );
  });

  it('given a line that is no entry, then it stays as it is', () => {
    expect(readableLine('LOG:  ready')).to.equal('LOG:  ready');
    expect(readableLine('{broken')).to.equal('{broken');
  });
});

describe('followFile', () => {
  let folder: string;
  let file: string;
  let lines: string[];
  let end: () => void;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'logs-'));
    file = join(folder, 'a.log');
    lines = [];
  });

  afterEach(() => {
    end();
    rmSync(folder, { recursive: true });
  });

  it('given lines added in pieces, then each is given once and whole', async () => {
    writeFileSync(file, 'one\ntw');
    end = followFile(file, 1000, (line) => lines.push(line));
    appendFileSync(file, 'o\nthree\n');

    expect(await waitUntil(() => lines.length >= 3, 2000)).to.equal(true);
    expect(lines).to.deep.equal(['one', 'two', 'three']);
  });

  it('given a long file, then only whole lines of its end are given', () => {
    writeFileSync(file, `${'x'.repeat(50)}\nsecond\nthird\n`);
    end = followFile(file, 20, (line) => lines.push(line));

    expect(lines).to.deep.equal(['second', 'third']);
  });

  it('given a file that does not exist yet, then it is followed from its start once it does', async () => {
    end = followFile(file, 1000, (line) => lines.push(line));
    writeFileSync(file, 'first\n');

    expect(await waitUntil(() => lines.length > 0, 2000)).to.equal(true);
    expect(lines).to.deep.equal(['first']);
  });
});
