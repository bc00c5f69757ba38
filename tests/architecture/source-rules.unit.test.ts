import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import ts from 'typescript';

/** Rules of the design that lint does not cover, checked in the syntax tree of every source file. */
const files = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));

const SQL = /\b(SELECT\b[^]*\bFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE)\b/;
const SQL_START = /^\s*(SELECT|SET|LISTEN|CREATE|BEGIN|WITH)\b/;
const SQL_FOLDERS = /\/(store|shared\/(event-log|idempotency|postgres))\//;

describe('the source rules', () => {
  it('given all files, then SQL text is only in stores and shared/{event-log,idempotency,postgres}', () => {
    const withSql = filesWith((node) => isText(node) && SQL.test(node.getText()));
    expect(withSql.filter((file) => !SQL_FOLDERS.test(file))).to.deep.equal([]);
    expect(withSql, 'the pattern matches in the allowed files').to.include('src/shared/event-log/inbox.ts');
  });

  it('given all files, then no SQL statement leaves session state, because a connection pooler shares sessions', () => {
    const leaving = (text: string): boolean =>
      /\bpg_(try_)?advisory_lock|\bLISTEN \w|\bCREATE TEMP|\bSET (?!LOCAL\b)\w+ (=|TO)\s/.test(
        text.replaceAll(/\bUPDATE(?: \w+){0,2}\s+SET\b/g, ''),
      ) && SQL_START.test(text);
    expect(
      leaving("SET lock_timeout = '1s'") && leaving('SELECT pg_advisory_lock(1)'),
      'the pattern matches',
    ).to.equal(true);
    // A migrator has the connection for itself: a statement outside a transaction is refused behind a pooler.
    expect(filesWith((node) => isText(node) && leaving(node.getText().slice(1)))).to.deep.equal([
      'src/shared/postgres/apply-migration.ts',
    ]);
  });

  it('given all files, then only run-service listens for signals, and only read-env imports process', () => {
    expect(filesWith((node) => isCallOf(node, /^process\.(on|once|addListener)$/))).to.deep.equal([
      'src/shared/runtime/run-service.ts',
    ]);
    expect(filesWith((node) => isImportOf(node, /^(node:)?process$/))).to.deep.equal([]);
    expect(filesWith((node) => /^globalThis\.process/.test(node.getText()))).to.deep.equal([]);
  });

  it('given all files, then none only re-exports other files', () => {
    expect(files.filter((file) => file.endsWith('/index.ts'))).to.deep.equal([]);
    expect(filesWith((node) => ts.isExportDeclaration(node) && !!node.moduleSpecifier)).to.deep.equal([]);
  });

  it('given the domains, then none uses a clock, random numbers or timers in another way', () => {
    const impure = filesWith(
      (node) =>
        isCallOf(node, /^(Date|performance\.now|setImmediate|queueMicrotask)$/) || ts.isAwaitExpression(node),
    );
    expect(impure.filter((file) => file.includes('/domain/'))).to.deep.equal([]);
    expect(impure, 'the pattern matches in the allowed files').to.include('src/shared/http/request-log.ts');
  });

  it('given all files, then objects that hold connections are created only by their own factory', () => {
    const resources = /^(\w+\.)?(Pool|(Configured)?Client|Redis|SQSClient|CircuitBreaker|Server)$/;
    const makers = filesWith((node) => ts.isNewExpression(node) && resources.test(node.expression.getText()));
    expect(makers).to.have.members([
      'src/shared/redis/redis-client.ts',
      'src/shared/postgres/pool.ts',
      'src/shared/postgres/with-connection.ts',
      'src/shared/queue/sqs-client.ts',
      'src/shared/resilience/service-client.ts',
      'src/order-service/webhooks/workers/endpoint-breaker.ts',
    ]);
  });
});

function filesWith(isFound: (node: ts.Node) => boolean): string[] {
  return files.filter((file) => {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022, true);
    const search = (node: ts.Node): boolean => isFound(node) || ts.forEachChild(node, search) === true;
    return search(source);
  });
}

const isText = (node: ts.Node): boolean => ts.isStringLiteral(node) || ts.isTemplateLiteral(node);

const isCallOf = (node: ts.Node, name: RegExp): boolean =>
  ts.isCallExpression(node) && name.test(node.expression.getText());

const isImportOf = (node: ts.Node, name: RegExp): boolean =>
  ts.isImportDeclaration(node) && name.test((node.moduleSpecifier as ts.StringLiteral).text);
