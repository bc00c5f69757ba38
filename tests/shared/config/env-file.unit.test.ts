import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';

const READ = `
  const { z } = require(${JSON.stringify(join(process.cwd(), 'node_modules/zod'))});
  const { readEnv } = require(${JSON.stringify(join(process.cwd(), 'src/shared/config/read-env'))});
  process.stdout.write(readEnv(z.object({ JWT_AUDIENCE: z.string().default('default') })).JWT_AUDIENCE);
`;

describe('the file .env', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'env-file-'));
    writeFileSync(join(folder, '.env'), '# audience of tokens\nJWT_AUDIENCE="from file"\n');
  });
  after(() => rmSync(folder, { recursive: true }));

  const audience = (variables: Record<string, string>): string => run(READ, variables);

  const run = (script: string, variables: Record<string, string>): string => {
    const require = join(process.cwd(), 'node_modules', 'ts-node', 'register');
    const { PATH } = process.env;
    const env = { PATH, TS_NODE_PROJECT: join(process.cwd(), 'tsconfig.json'), ...variables };
    const found = spawnSync(process.execPath, ['-r', require, '-e', script], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return found.stdout || found.stderr;
  };

  it('given development, then its values apply to variables that the environment does not set', () => {
    expect(audience({})).to.equal('from file');
    expect(audience({ JWT_AUDIENCE: 'from environment' })).to.equal('from environment');
  });

  it('given a variable that a library reads itself, then the library sees it too', () => {
    writeFileSync(join(folder, '.env'), 'JWT_AUDIENCE="from file"\nAWS_ACCESS_KEY_ID=from-file\n');
    const shown = READ.replace(/\.JWT_AUDIENCE\);/, ` && process.env.AWS_ACCESS_KEY_ID);`);
    expect(run(shown, {})).to.equal('from-file');
    expect(run(shown, { AWS_ACCESS_KEY_ID: 'from-environment' })).to.equal('from-environment');
  });

  it('given production or tests, then it is not read', () => {
    expect(audience({ NODE_ENV: 'production' })).to.equal('default');
    expect(audience({ NODE_ENV: 'test' })).to.equal('default');
  });

  it('given an empty NODE_ENV, which means development, then the file is read', () => {
    expect(audience({ NODE_ENV: '' })).to.equal('from file');
  });

  it('given quotes, spaces, comments, CRLF, a byte order mark or no final newline, then the values are parsed correctly', () => {
    for (const [text, value] of [
      ['\uFEFFJWT_AUDIENCE=a', 'a'],
      ["export JWT_AUDIENCE = 'a # b' # c\r\nHOST=x\r\n", 'a # b'],
      ['# c\r\nJWT_AUDIENCE=a b  \r\n', 'a b'],
    ] as const) {
      writeFileSync(join(folder, '.env'), text);
      expect(audience({}), JSON.stringify(text)).to.equal(value);
    }
  });

  it('given a folder of that name, then one line reports that it cannot be read', () => {
    rmSync(join(folder, '.env'));
    mkdirSync(join(folder, '.env'));
    const script = READ.replace(
      /(process\.stdout.*)/,
      'try { $1 } catch (e) { console.log(`${e.name}: ${e.message}`) }',
    );
    expect(run(script, {})).to.match(/^ConfigError: \.env cannot be read: EISDIR[^\n]*\n$/);
  });
});
