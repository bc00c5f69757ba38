import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { type ESLint, type Linter } from 'eslint';

const DOMAIN = 'order-service/orders/domain/order.ts';
const USE_CASE = 'order-service/orders/use-cases/get-order.ts';
/** Imports nothing, so that type information is fast to compute. */
const LEAF = 'shared/group-by.ts';

/** Similar code that is allowed: without these cases, rules that refuse everything would pass. */
const ALLOWED: [name: string, file: string, code: string][] = [
  ['contracts that import zod', 'shared/contracts/ids.ts', `import 'zod';`],
  ['a domain that imports contracts', DOMAIN, `import '../../../shared/contracts/money';`],
  ['a domain that receives the time', DOMAIN, `export const at = new Date('2026-01-01');`],
  [
    'a domain that computes a signature',
    DOMAIN,
    `import { createHmac } from 'node:crypto'; export const f = createHmac;`,
  ],
  ['a use case that imports the store', USE_CASE, `import '../store/order-store';`],
  ['the environment read by read-env', 'shared/config/read-env.ts', `export const e = process.env;`],
  ['a file of 250 lines', 'order-service/app.ts', 'export {};\n'.repeat(250)],
];

/** A file, and the rule that must refuse it. */
const BREACHES: [name: string, file: string, code: string, rule: string][] = [
  ['contracts that import a package', 'shared/contracts/ids.ts', `import 'uuid';`, 'no-restricted-imports'],
  ['a domain that imports a package', DOMAIN, `import 'pg';`, 'no-restricted-imports'],
  [
    'a domain that imports only a type of a package',
    DOMAIN,
    `import { type Pool } from 'pg'; export type P = Pool;`,
    'no-restricted-imports',
  ],
  ['a domain that reads the clock', DOMAIN, `export const now = new Date();`, 'no-restricted-syntax'],
  ['a domain that calls Date.now', DOMAIN, `export const now = Date.now();`, 'no-restricted-properties'],
  [
    'a domain that uses random numbers',
    'delivery-service/domain/shipment.ts',
    `export const n = Math.random();`,
    'no-restricted-properties',
  ],
  [
    'a domain that makes random bytes',
    DOMAIN,
    `import { randomBytes } from 'node:crypto'; export const f = randomBytes;`,
    'no-restricted-imports',
  ],
  ['a use case that imports Express', USE_CASE, `import 'express';`, 'no-restricted-imports'],
  ['a use case that imports Redis', USE_CASE, `import 'ioredis';`, 'no-restricted-imports'],
  [
    'a use case that imports SQS',
    'delivery-service/services/accept-order.ts',
    `import '@aws-sdk/client-sqs';`,
    'no-restricted-imports',
  ],
  [
    'the environment read elsewhere',
    'order-service/app.ts',
    `export const e = process.env;`,
    'no-restricted-properties',
  ],
  ['the process ended elsewhere', 'order-service/app.ts', `process.exit(1);`, 'no-restricted-properties'],
  [
    'a resource made outside the composition',
    'order-service/app.ts',
    `import { Pool } from 'pg'; export const p = new Pool();`,
    'no-restricted-syntax',
  ],
  ['a default export', 'order-service/app.ts', `export default 1;`, 'import-x/no-default-export'],
  ['a file of 251 lines', 'order-service/app.ts', `${'export {};\n'.repeat(251)}`, 'max-lines'],
  [
    'a function of 61 lines',
    'order-service/app.ts',
    `export function f() {\n${'  f();\n'.repeat(60)}}`,
    'max-lines-per-function',
  ],
  ['a TODO comment', 'order-service/app.ts', `// TO${'DO'}: later\nexport {};`, 'no-warning-comments'],
];

/** Cases that need type information. */
const TYPED_BREACHES: [name: string, code: string, rule: string][] = [
  ['a floating promise', `Promise.resolve();`, '@typescript-eslint/no-floating-promises'],
  ['an await of a value that is not a promise', `await 1;\nexport {};`, '@typescript-eslint/await-thenable'],
  [
    'a callback whose promise is not awaited',
    `[1].forEach(async () => Promise.resolve());`,
    '@typescript-eslint/no-misused-promises',
  ],
  [
    'a switch without one of the cases',
    `export function f(x: 'a' | 'b'): void {\n  switch (x) {\n    case 'a':\n      return;\n  }\n}`,
    '@typescript-eslint/switch-exhaustiveness-check',
  ],
];

describe('the lint rules', function () {
  this.timeout(60_000);
  before(() => (process.env['ESLINT_USE_FLAT_CONFIG'] = 'false'));

  describe('that need no type information', () => {
    let eslint: ESLint;
    before(() => {
      const off = Object.fromEntries(TYPED_BREACHES.map(([, , rule]) => [rule, 'off' as const]));
      eslint = createEslint({ parserOptions: { project: null }, rules: off });
    });

    for (const [name, file, code, rule] of BREACHES)
      it(`given ${name}, then lint refuses it`, async () => {
        expect(await refusedBy(eslint, file, code)).to.include(rule);
      });

    for (const [name, file, code] of ALLOWED)
      it(`given ${name}, then lint accepts it`, async () => {
        expect(await refusedBy(eslint, file, code)).to.deep.equal([]);
      });
  });

  describe('that need type information', () => {
    let eslint: ESLint;
    let folder: string;
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'lint-rules-'));
      const project = join(folder, 'tsconfig.json');
      const files = [resolve('src', LEAF)];
      writeFileSync(project, JSON.stringify({ extends: resolve('tsconfig.json'), files, include: [] }));
      // With CI=true the parser reads the files from disk, once, instead of the given text.
      eslint = createEslint({ parserOptions: { project, disallowAutomaticSingleRunInference: true } });
    });
    after(() => rmSync(folder, { recursive: true }));

    for (const [name, code, rule] of TYPED_BREACHES)
      it(`given ${name}, then lint refuses it`, async () => {
        expect(await refusedBy(eslint, LEAF, code)).to.include(rule);
      });
  });
});

/** The names of the rules that refuse a text; null where it cannot be parsed. */
async function refusedBy(eslint: ESLint, file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(code, { filePath: `src/${file}` });
  return (result?.messages ?? []).map((message: Linter.LintMessage) => message.ruleId);
}

function createEslint(overrideConfig: object): ESLint {
  const { LegacyESLint } = legacy();
  return new LegacyESLint({ overrideConfig } as ESLint.Options);
}

/** The class that reads .eslintrc.json; ESLint 9 exports it only here. */
function legacy(): { LegacyESLint: typeof ESLint } {
  return createRequire(__filename)('eslint/use-at-your-own-risk') as { LegacyESLint: typeof ESLint };
}
