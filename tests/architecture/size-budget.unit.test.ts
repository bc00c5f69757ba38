import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';

const files = ['src', 'scripts'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name)),
);
const linesOf = (file: string): number => readFileSync(file, 'utf8').trimEnd().split('\n').length;

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;
}

/** The lengths of all functions with a body, in lines. */
function functionLengths(file: string): number[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
  const lengths: number[] = [];
  const lineAt = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body)
      lengths.push(lineAt(node.end) - lineAt(node.getStart()) + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lengths;
}

describe('the size of files and functions', () => {
  it('given all files, then the median has at most 80 lines and none more than 250', () => {
    expect(quantile(files.map(linesOf), 0.5)).to.be.at.most(80);
    expect(files.filter((file) => linesOf(file) > 250)).to.deep.equal([]);
  });

  it('given all functions, then the median has at most 12 lines, nine of ten at most 35, none more than 60', () => {
    const lengths = files.flatMap(functionLengths);
    expect(quantile(lengths, 0.5)).to.be.at.most(12);
    expect(quantile(lengths, 0.9)).to.be.at.most(35);
    expect(Math.max(...lengths)).to.be.at.most(60);
  });

  it('given the entry files, then each only starts a program, in at most 25 lines', () => {
    const entries = files.filter(
      (file) => ['server.ts', 'migrate.ts'].includes(basename(file)) && /service/.test(file),
    );
    expect(entries).to.have.length(4);
    for (const entry of entries) expect(linesOf(entry), entry).to.be.at.most(25);
  });

  it('given the file names, then none is a catch-all such as utils', () => {
    expect(files.filter((file) => /utils|helpers|common|manager/.test(file))).to.deep.equal([]);
    expect(files.filter((file) => !/^[a-z0-9.-]+$/.test(basename(file)))).to.deep.equal([]);
  });
});
