import { expect } from 'chai';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { followFile } from '../../scripts/system/logs/follow-file';
import { waitUntil } from '../../scripts/system/processes/wait-until';

const LONGEST_WAIT_MS = 20_000;

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

  it('given lines that are written in parts, then each line is delivered once and complete', async () => {
    writeFileSync(file, 'one\ntw');
    end = followFile(file, 1000, (line) => lines.push(line));
    appendFileSync(file, 'o\nthree\n');

    expect(await waitUntil(() => lines.length >= 3, LONGEST_WAIT_MS)).to.equal(true);
    expect(lines).to.deep.equal(['one', 'two', 'three']);
  });

  it('given a long file, then only complete lines from its end are delivered', () => {
    writeFileSync(file, `${'x'.repeat(50)}\nsecond\nthird\n`);
    end = followFile(file, 20, (line) => lines.push(line));

    expect(lines).to.deep.equal(['second', 'third']);
  });

  it('given a file that is replaced by a longer one, then the new file is followed from its start', async () => {
    writeFileSync(file, 'one\n');
    end = followFile(file, 1000, (line) => lines.push(line));
    renameSync(file, `${file}.1`);
    writeFileSync(file, 'first of the next\nsecond\n');

    expect(await waitUntil(() => lines.length >= 3, LONGEST_WAIT_MS)).to.equal(true);
    expect(lines).to.deep.equal(['one', 'first of the next', 'second']);
  });

  it('given a character that is written in two parts, then it is delivered complete', async () => {
    const euro = Buffer.from('€\n');
    writeFileSync(file, euro.subarray(0, 1));
    end = followFile(file, 1000, (line) => lines.push(line));
    appendFileSync(file, euro.subarray(1));

    expect(await waitUntil(() => lines.length > 0, LONGEST_WAIT_MS)).to.equal(true);
    expect(lines).to.deep.equal(['€']);
  });

  it('given a file that does not exist yet, then it is followed from its start when it is created', async () => {
    end = followFile(file, 1000, (line) => lines.push(line));
    writeFileSync(file, 'first\n');

    expect(await waitUntil(() => lines.length > 0, LONGEST_WAIT_MS)).to.equal(true);
    expect(lines).to.deep.equal(['first']);
  });
});
