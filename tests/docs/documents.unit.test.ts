import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { deliveryMigrationVariables, deliveryServiceVariables } from '../../src/delivery-service/config';
import { orderServiceVariables } from '../../src/order-service/composition';
import { orderMigrationVariables } from '../../src/order-service/config';
import { SETTING_NAMES } from '../../src/shared/config/setting-names';
import { declaredProblemTypes } from '../../src/shared/contracts/problem';
import { orderMachine } from '../../src/shared/contracts/status-machines';

const DOCUMENTS = [
  'README.md',
  'SYSTEM_DESIGN.md',
  'CONTRIBUTING.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
  ...readdirSync('docs/adr').map((name) => join('docs', 'adr', name)),
];

const textOf = (file: string): string => readFileSync(file, 'utf8');

describe('the documents', () => {
  for (const document of DOCUMENTS) {
    it(`given ${document}, then every file, link and npm script in it exists`, () => {
      const text = textOf(document);
      const files = [...text.matchAll(/`((?:src|scripts|docker|docs|tests|demo)\/[\w./-]+\.\w+)`/g)].map(
        ([, file]) => file!,
      );
      const links = [...text.matchAll(/\]\(([^)#]+)\)/g)].map(([, link]) => join(document, '..', link!));
      const missing = [...files, ...links].filter((file) => !existsSync(file));
      expect(missing).to.deep.equal([]);
      const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> };
      const unknown = [...text.matchAll(/npm run ([\w:-]+)/g)].filter(([, name]) => !(name! in scripts));
      expect(unknown).to.deep.equal([]);
    });
  }

  it('given the state diagram of SYSTEM_DESIGN.md, then it has exactly the steps of the table', () => {
    const drawn = [...textOf('SYSTEM_DESIGN.md').matchAll(/^ {2}([A-Z_]+) --> ([A-Z_]+)$/gm)].map(
      ([, from, to]) => `${from} ${to}`,
    );
    const steps = orderMachine.statuses.flatMap((from) =>
      orderMachine.allowedFrom(from).map((to) => `${from} ${to}`),
    );
    expect(drawn).to.have.members(steps);
  });

  it('given .env.example, then it has exactly the variables that services and scripts read, with the services’ defaults', () => {
    const example = parseEnvFile(textOf('.env.example'));
    const schemas = [
      orderServiceVariables,
      orderMigrationVariables,
      deliveryServiceVariables,
      deliveryMigrationVariables,
    ];
    const ofServices = schemas.flatMap((schema) => Object.keys(schema.shape));
    const ofScripts = [
      ...['INFRA', 'LOCAL_DIR', 'POSTGRES_PORT', 'REDIS_PORT', 'SQS_PORT'],
      ...['CLIENT_ID', 'CLIENT_SECRET', 'DEMO_CLIENT_SECRET', 'DEMO_OTHER_SECRET'],
    ];
    const ofAwsSdk = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
    expect(Object.keys(example)).to.have.members([...new Set([...ofServices, ...ofScripts, ...ofAwsSdk])]);
    expect(SETTING_NAMES).to.have.members(Object.keys(example));
    for (const schema of schemas) {
      for (const [name, variable] of Object.entries(schema.shape)) {
        const byDefault = variable.safeParse(undefined).data;
        if (byDefault === undefined || example[name] === '') continue;
        expect(variable.parse(example[name]), name).to.deep.equal(byDefault);
      }
    }
  });

  it('given the catalogue of problem codes, then docs/errors.md explains exactly these, each under its status', () => {
    const sections = [...textOf('docs/errors.md').matchAll(/^(##|###) (\S+)/gm)];
    let status = '';
    const documented = sections.flatMap(([, level, name]) => {
      if (level === '##') status = name!;
      return level === '##' ? [] : [`${status} ${name}`];
    });
    const codes = declaredProblemTypes().map(({ code, status }) => `${status} ${code}`);
    expect(documented).to.have.members(codes);
  });
});

function parseEnvFile(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^[A-Z]/.test(line));
  return Object.fromEntries(lines.map((line) => [line.split('=')[0]!, line.slice(line.indexOf('=') + 1)]));
}
