import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SHELLS } from '../support/shells';

const inFolder = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /\.(md|http)$/.test(name))
    .map((name) => join(folder, name));

const DOCUMENTS = [
  'README.md',
  'SYSTEM_DESIGN.md',
  'CONTRIBUTING.md',
  ...inFolder('docs'),
  ...inFolder('demo'),
];

const blocksOf = (document: string): string[] =>
  [...readFileSync(document, 'utf8').matchAll(/^( *)```sh\n([^]*?)^ *```/gm)].map(
    ([, indent = '', block = '']) => block.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  );

/** Text that both shells take literally: quoted text, and the body of a here-document. */
const unquoted = (block: string): string =>
  block
    .replaceAll(/<<'(\w+)'\n[^]*?\n\1$/gm, '<<')
    .replaceAll(/'[^']*'/g, "''")
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');

describe('the commands of the documents', () => {
  it('given all documents, then there are commands', () => {
    expect(DOCUMENTS.flatMap(blocksOf)).to.have.length.above(30);
  });

  for (const document of DOCUMENTS) {
    it(`given ${document}, then no command contains the default ports, where another program may listen`, () => {
      const text = document.endsWith('.http')
        ? readFileSync(document, 'utf8')
        : blocksOf(document).join('\n');
      expect(text).not.to.match(/localhost|127\.0\.0\.1:\d|:(3001|3002|5433|6380|9324)\b/);
    });

    it(`given ${document}, then its commands have the same meaning in zsh`, () => {
      for (const block of blocksOf(document)) {
        const code = unquoted(block);
        expect(code, 'zsh at its prompt takes a comment for arguments').not.to.match(/(^|\s)#/m);
        expect(code, 'zsh looks for files of that name').not.to.match(/[?*[\]]/);
        expect(code, 'zsh does not split a variable into words').not.to.match(/\s\$[A-Z_]+(\s|$)/m);
      }
    });

    it(`given ${document}, then each shell of this machine can parse every block`, () => {
      for (const shell of SHELLS)
        for (const block of blocksOf(document)) {
          const { status, stderr } = spawnSync(shell, ['-n'], { input: block, encoding: 'utf8' });
          expect([status, stderr], `${shell}: ${block}`).to.deep.equal([0, '']);
        }
    });
  }
});
