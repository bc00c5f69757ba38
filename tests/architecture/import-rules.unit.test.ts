import { expect } from 'chai';
import { type ESLint, type Linter } from 'eslint';

/** What looks alike and is right: without these, rules that refuse everything would pass for good. */
const RIGHT: [name: string, file: string, code: string][] = [
  ['contracts that import zod', 'shared/contracts/ids.ts', `import 'zod';`],
  [
    'a domain that imports contracts',
    'order-service/domain/order.ts',
    `import '../../shared/contracts/money';`,
  ],
  [
    'a domain that is given the time',
    'order-service/domain/order.ts',
    `export const at = new Date('2026-01-01');`,
  ],
  [
    'a use case that imports the store',
    'order-service/services/orders/get-order.ts',
    `import '../../store/order-store';`,
  ],
  [
    'a route that imports a use case',
    'order-service/routes/order-operations.ts',
    `import '../services/orders/get-order';`,
  ],
  ['the environment read by read-env', 'shared/config/read-env.ts', `export const e = process.env;`],
  ['a file of 250 lines', 'order-service/app.ts', 'export {};\n'.repeat(250)],
];

/** A file as it might be written, and the rule that must refuse it. */
const BREACHES: [name: string, file: string, code: string, rule: string][] = [
  [
    'a service that imports the other',
    'order-service/app.ts',
    `import '../delivery-service/app';`,
    'import-x/no-restricted-paths',
  ],
  [
    'the other way round',
    'delivery-service/app.ts',
    `import '../order-service/app';`,
    'import-x/no-restricted-paths',
  ],
  [
    'shared that imports a service',
    'shared/errors.ts',
    `import '../order-service/app';`,
    'import-x/no-restricted-paths',
  ],
  ['contracts that import a package', 'shared/contracts/ids.ts', `import 'uuid';`, 'no-restricted-imports'],
  [
    'contracts that import more of shared',
    'shared/contracts/ids.ts',
    `import '../errors';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a domain that imports a package',
    'order-service/domain/order.ts',
    `import 'pg';`,
    'no-restricted-imports',
  ],
  [
    'a domain that imports the store',
    'order-service/domain/order.ts',
    `import '../store/order-store';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a domain that asks the clock',
    'order-service/domain/order.ts',
    `export const now = new Date();`,
    'no-restricted-syntax',
  ],
  [
    'a domain that asks Date.now',
    'order-service/domain/order.ts',
    `export const now = Date.now();`,
    'no-restricted-properties',
  ],
  [
    'a domain that throws dice',
    'delivery-service/domain/shipment.ts',
    `export const n = Math.random();`,
    'no-restricted-properties',
  ],
  [
    'a use case that imports Express',
    'order-service/services/orders/get-order.ts',
    `import 'express';`,
    'no-restricted-imports',
  ],
  [
    'a use case that imports the queue',
    'order-service/services/orders/get-order.ts',
    `import '../../../shared/queue/sqs-client';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a route that imports the store',
    'order-service/routes/order-operations.ts',
    `import '../store/order-store';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a worker that imports the store',
    'delivery-service/workers/order-consumer.ts',
    `import '../store/shipment-store';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a store that imports a route',
    'order-service/store/order-store.ts',
    `import '../routes/order-operations';`,
    'import-x/no-restricted-paths',
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
  ['a cycle', 'shared/group-by.ts', `import './queue/queue-consumer';`, 'import-x/no-cycle'],
  [
    'src that imports a test',
    'shared/errors.ts',
    `import '../../tests/support/eventually';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a domain that imports only a type of a package',
    'order-service/domain/order.ts',
    `import { type Pool } from 'pg'; export type P = Pool;`,
    'no-restricted-imports',
  ],
  [
    'a domain that writes a log',
    'order-service/domain/order.ts',
    `import '../../shared/observability/logger';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a use case that imports Redis',
    'order-service/services/orders/get-order.ts',
    `import 'ioredis';`,
    'no-restricted-imports',
  ],
  [
    'a use case that imports SQS',
    'delivery-service/services/accept-order.ts',
    `import '@aws-sdk/client-sqs';`,
    'no-restricted-imports',
  ],
  [
    'a use case that imports a route',
    'order-service/services/orders/get-order.ts',
    `import '../../routes/order-operations';`,
    'import-x/no-restricted-paths',
  ],
  [
    'a route that imports only a type of the store',
    'delivery-service/routes/shipment-operations.ts',
    `import { type S } from '../store/shipment-store'; export type T = S;`,
    'import-x/no-restricted-paths',
  ],
  ['a default export', 'order-service/app.ts', `export default 1;`, 'import-x/no-default-export'],
  [
    'a promise that nobody waits for',
    'order-service/app.ts',
    `Promise.resolve();`,
    '@typescript-eslint/no-floating-promises',
  ],
  ['a file of 251 lines', 'order-service/app.ts', `${'export {};\n'.repeat(251)}`, 'max-lines'],
  [
    'a function of 61 lines',
    'order-service/app.ts',
    `export function f() {\n${'  f();\n'.repeat(60)}}`,
    'max-lines-per-function',
  ],
  ['something left to do', 'order-service/app.ts', `// TO${'DO'}: later\nexport {};`, 'no-warning-comments'],
];

describe('the import rules', function () {
  this.timeout(60_000);
  let eslint: ESLint;
  before(async function () {
    // The first text makes the parser read the whole project.
    this.timeout(300_000);
    process.env['ESLINT_USE_FLAT_CONFIG'] = 'false';
    const { LegacyESLint } = legacy();
    // With CI=true the parser would read the files themselves, once, instead of the text it is given.
    const overrideConfig = { parserOptions: { disallowAutomaticSingleRunInference: true } };
    eslint = new LegacyESLint({ overrideConfig } as ESLint.Options);
    await eslint.lintText('export {};', { filePath: 'src/order-service/app.ts' });
  });

  for (const [name, file, code, rule] of BREACHES) {
    it(`given ${name}, then lint refuses it`, async () => {
      const [result] = await eslint.lintText(code, { filePath: `src/${file}` });
      expect(result?.messages.map((message: Linter.LintMessage) => message.ruleId)).to.include(rule);
    });
  }

  for (const [name, file, code] of RIGHT) {
    it(`given ${name}, then lint has nothing against it`, async () => {
      const [result] = await eslint.lintText(code, { filePath: `src/${file}` });
      expect(result?.messages).to.deep.equal([]);
    });
  }
});

/** The class that reads .eslintrc.json; ESLint 9 keeps it behind this door. */
function legacy(): { LegacyESLint: typeof ESLint } {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require('eslint/use-at-your-own-risk') as { LegacyESLint: typeof ESLint };
}
