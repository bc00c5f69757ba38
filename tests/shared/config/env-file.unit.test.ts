import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
    writeFileSync(join(folder, '.env'), '# whom tokens are for\nJWT_AUDIENCE="from file"\n');
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

  it('given development, then its values count for what the environment leaves open', () => {
    expect(audience({})).to.equal('from file');
    expect(audience({ JWT_AUDIENCE: 'from environment' })).to.equal('from environment');
  });

  it('given a variable that a library reads by itself, then the library finds it too', () => {
    writeFileSync(join(folder, '.env'), 'JWT_AUDIENCE="from file"\nAWS_ACCESS_KEY_ID=from-file\n');
    const shown = READ.replace(/\.JWT_AUDIENCE\);/, ` && process.env.AWS_ACCESS_KEY_ID);`);
    expect(run(shown, {})).to.equal('from-file');
    expect(run(shown, { AWS_ACCESS_KEY_ID: 'from-environment' })).to.equal('from-environment');
  });

  it('given production or tests, then it is not read', () => {
    expect(audience({ NODE_ENV: 'production' })).to.equal('default');
    expect(audience({ NODE_ENV: 'test' })).to.equal('default');
  });
});
