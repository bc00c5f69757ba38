import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { expect } from 'chai';

const ORDERS = 'order-service/orders';

/** A file, a file that it imports, and the rule that must refuse the import. */
const BREACHES: [name: string, file: string, imported: string, rule: string][] = [
  ['a service that imports the other', 'order-service/app', 'delivery-service/app', 'order-service-alone'],
  [
    'the Delivery Service that imports the Order Service',
    'delivery-service/app',
    'order-service/app',
    'delivery-service-alone',
  ],
  ['a shared file that imports a service', 'shared/errors', 'order-service/app', 'shared-below-services'],
  ['a source file that imports a test', 'shared/errors', '../tests/support/eventually', 'src-alone'],
  [
    'contracts that import another folder of shared',
    'shared/contracts/ids',
    'shared/errors',
    'contracts-only-zod',
  ],
  [
    'a folder of shared that imports a higher one',
    'shared/postgres/pool',
    'shared/http/operation',
    'shared-postgres-floor',
  ],
  [
    'the second lowest folder of shared that imports a higher one',
    'shared/config/read-env',
    'shared/auth/hashing',
    'shared-config-floor',
  ],
  [
    'a module that imports a later one',
    `${ORDERS}/use-cases/a`,
    'order-service/fulfilment/use-cases/b',
    'module-orders-order',
  ],
  [
    'the first module that imports a later one',
    'order-service/identity/use-cases/a',
    `${ORDERS}/use-cases/b`,
    'module-identity-order',
  ],
  [
    'a module that imports the store of another',
    'order-service/fulfilment/use-cases/a',
    `${ORDERS}/store/b`,
    'module-through-use-cases',
  ],
  [
    'a module that imports a route of another',
    'order-service/fulfilment/routes/a',
    `${ORDERS}/routes/b`,
    'module-through-use-cases',
  ],
  [
    'a module that wires another',
    'order-service/fulfilment/module',
    `${ORDERS}/module`,
    'module-wired-by-composition',
  ],
  [
    'an entry file that imports a route of a module',
    'order-service/server',
    `${ORDERS}/routes/a`,
    'service-knows-no-module',
  ],
  [
    'a layer that imports the platform',
    `${ORDERS}/use-cases/a`,
    'order-service/platform',
    'layers-below-wiring',
  ],
  ['a domain that imports the store', `${ORDERS}/domain/a`, `${ORDERS}/store/b`, 'domain-pure'],
  ['a domain that writes a log', 'delivery-service/domain/a', 'shared/observability/logger', 'domain-pure'],
  [
    'a use case that imports the queue',
    `${ORDERS}/use-cases/a`,
    'shared/queue/sqs-client',
    'use-cases-inward',
  ],
  [
    'a use case that imports a route',
    'delivery-service/services/a',
    'delivery-service/routes/b',
    'use-cases-inward',
  ],
  ['a store that imports a use case', `${ORDERS}/store/a`, `${ORDERS}/use-cases/b`, 'store-inward'],
  ['a store that imports a route', 'delivery-service/store/a', 'delivery-service/routes/b', 'store-inward'],
  ['a route that imports the store', `${ORDERS}/routes/a`, `${ORDERS}/store/b`, 'edges-call-use-cases'],
  [
    'a worker that imports the store',
    'delivery-service/workers/a',
    'delivery-service/store/b',
    'edges-call-use-cases',
  ],
];

/** Similar imports that are allowed: without these cases, rules that refuse everything would pass. */
const ALLOWED: [name: string, file: string, imported: string][] = [
  ['a domain that imports contracts', `${ORDERS}/domain/a`, 'shared/contracts/money'],
  [
    'a domain that imports the domain of a lower module',
    'order-service/fulfilment/domain/a',
    `${ORDERS}/domain/b`,
  ],
  ['a use case that imports its store', `${ORDERS}/use-cases/a`, `${ORDERS}/store/b`],
  [
    'a use case that calls a use case of a lower module',
    'order-service/fulfilment/use-cases/a',
    `${ORDERS}/use-cases/b`,
  ],
  ['a route that imports a use case', `${ORDERS}/routes/a`, `${ORDERS}/use-cases/b`],
  ['a module.ts that imports the platform', `${ORDERS}/module`, 'order-service/platform'],
  ['the composition that wires the modules', 'order-service/composition', `${ORDERS}/module`],
  ['a folder of shared that imports a lower one', 'shared/http/operation', 'shared/postgres/pool'],
];

describe('the rules of modules and layers', function () {
  this.timeout(60_000);

  for (const [kind, statement] of [
    ['a value', (path: string) => `import { x } from '${path}';\nexport const y = x;\n`],
    ['a type', (path: string) => `import { type X } from '${path}';\nexport type Y = X;\n`],
  ] as const) {
    describe(`given an import of ${kind}`, () => {
      let violations: string[][];
      before(() => (violations = violationsOf([...BREACHES, ...ALLOWED], statement)));

      BREACHES.forEach(([name, , , rule], index) =>
        it(`by ${name}, then it is refused`, () => {
          expect(violations[index]).to.include(rule);
        }),
      );
      ALLOWED.forEach(([name], index) =>
        it(`by ${name}, then it is allowed`, () => {
          expect(violations[BREACHES.length + index]).to.deep.equal([]);
        }),
      );
    });
  }

  it('given two files that import types of each other, then the cycle is refused', () => {
    const project = mkdtempSync(join(tmpdir(), 'cycle-'));
    write(project, 'src/shared/runtime/a.ts', `import { type B } from './b';\nexport type A = B | null;\n`);
    write(project, 'src/shared/runtime/b.ts', `import { type A } from './a';\nexport type B = A[];\n`);
    expect(cruise(project).map(({ rule }) => rule.name)).to.include('no-cycle');
  });

  it('given the folders of the Order Service, then each is a module in the order of modules, or migrations', () => {
    const folders = readdirSync('src/order-service', { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'migrations')
      .map(({ name }) => name);
    const { forbidden } = createRequire(__filename)('../../.dependency-cruiser.cjs') as {
      forbidden: { name: string }[];
    };
    const rules = forbidden.map(({ name }) => name);
    for (const folder of folders) expect(rules).to.include(`module-${folder}-order`);
  });

  it('given the sources, then no rule is broken', () => {
    const args = ['--config', '.dependency-cruiser.cjs', '--output-type', 'err', 'src'];
    expect(execFileSync(process.execPath, [CRUISER, ...args], { encoding: 'utf8' })).to.contain(
      'no dependency violations found',
    );
  });
});

const CRUISER = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');

interface Violation {
  from: string;
  rule: { name: string };
}

/** The names of the rules that each case breaks, by its index. */
function violationsOf(
  cases: readonly (readonly [name: string, file: string, imported: string, rule?: string])[],
  statement: (path: string) => string,
): string[][] {
  const project = mkdtempSync(join(tmpdir(), 'module-rules-'));
  const files = cases.map(([, file, imported], index) => {
    write(project, join('src', `${imported}.ts`), 'export const x = 1;\nexport type X = number;\n');
    const name = join('src', /\/(composition|server)$/.test(file) ? `${file}.ts` : `${file}-${index}.ts`);
    const path = relative(dirname(name), join('src', imported));
    write(project, name, statement(path.startsWith('.') ? path : `./${path}`));
    return name;
  });
  const violations = cruise(project);
  return files.map((file) => violations.filter(({ from }) => from === file).map(({ rule }) => rule.name));
}

function write(project: string, file: string, text: string): void {
  mkdirSync(dirname(join(project, file)), { recursive: true });
  writeFileSync(join(project, file), text);
}

function cruise(project: string): Violation[] {
  write(project, 'tsconfig.json', '{}');
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'));
  const args = ['--config', resolve('.dependency-cruiser.cjs'), '--output-type', 'json', 'src'];
  try {
    const text = execFileSync(process.execPath, [CRUISER, ...args], { cwd: project, encoding: 'utf8' });
    return (JSON.parse(text) as { summary: { violations: Violation[] } }).summary.violations;
  } finally {
    rmSync(project, { recursive: true });
  }
}
