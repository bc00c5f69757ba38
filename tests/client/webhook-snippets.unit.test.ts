import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'chai';
import { restore, stub } from 'sinon';
import {
  secretText,
  type SignedHeaders,
  signedHeaders,
} from '../../src/order-service/webhooks/domain/signature';

/** The programs of docs/WEBHOOKS.md, by the language of their block. */
const programs = new Map(
  [...readFileSync('docs/WEBHOOKS.md', 'utf8').matchAll(/^```(ts|python|bash)\n([^]*?)^```/gm)].map(
    ([, language, text]) => [language, text!],
  ),
);

interface Received {
  headers: SignedHeaders;
  body: string;
  secrets: string[];
}

const [key, next] = [randomBytes(32), randomBytes(32)];
const BODY = '{"id":"01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4","type":"order.shipped","name":"Grüße ☂"}\n';
const signed = (secrets: Buffer[], ageSeconds = 0): SignedHeaders =>
  signedHeaders({ id: 'event-1', timestamp: new Date(Date.now() - ageSeconds * 1_000), body: BODY, secrets });

const secret = secretText(key);
/** Signed when the test runs: a request is valid for five minutes. */
const VALID: [name: string, received: () => Received][] = [
  ['one signature', () => ({ headers: signed([key]), body: BODY, secrets: [secret] })],
  ['two signatures', () => ({ headers: signed([next, key]), body: BODY, secrets: [secret] })],
  ['a body that is a minute old', () => ({ headers: signed([key], 60), body: BODY, secrets: [secret] })],
];
const INVALID: [name: string, received: () => Received][] = [
  [
    'an altered body',
    () => ({ headers: signed([key]), body: BODY.replace('shipped', 'created'), secrets: [secret] }),
  ],
  [
    'a body without its last line break',
    () => ({ headers: signed([key]), body: BODY.trim(), secrets: [secret] }),
  ],
  ...(['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const).map(
    (name): [string, () => Received] => [
      `no header ${name}`,
      () => {
        const headers = signed([key]);
        Reflect.deleteProperty(headers, name);
        return { headers, body: BODY, secrets: [secret] };
      },
    ],
  ),
  ['another secret', () => ({ headers: signed([key]), body: BODY, secrets: [secretText(next)] })],
  [
    'another id',
    () => ({ headers: { ...signed([key]), 'webhook-id': 'event-2' }, body: BODY, secrets: [secret] }),
  ],
  ['an old timestamp', () => ({ headers: signed([key], 3_600), body: BODY, secrets: [secret] })],
  ['a timestamp of the future', () => ({ headers: signed([key], -3_600), body: BODY, secrets: [secret] })],
  [
    'a timestamp that is a program',
    () => ({
      headers: { ...signed([key]), 'webhook-timestamp': 'a[$(exit)]' },
      body: BODY,
      secrets: [secret],
    }),
  ],
  [
    'a signature of another version',
    () => ({
      headers: {
        ...signed([key]),
        'webhook-signature': signed([key])['webhook-signature'].replace('v1', 'v2'),
      },
      body: BODY,
      secrets: [secret],
    }),
  ],
];

const isInstalled = (command: string): boolean => spawnSync(command, ['version']).error === undefined;

describe('the programs of docs/WEBHOOKS.md that verify webhooks', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'webhook-programs-'));
    for (const name of ['client', 'node_modules']) symlinkSync(resolve(name), join(folder, name));
  });
  after(() => rmSync(folder, { recursive: true }));

  function written(name: string, language: string): string {
    const file = join(folder, name);
    writeFileSync(file, programs.get(language) ?? '');
    return file;
  }

  function each(accepts: (received: Received) => boolean | Promise<boolean>): void {
    for (const [name, received] of VALID)
      it(`given ${name}, then the request is valid`, async () => {
        expect(await accepts(received())).to.equal(true);
      });
    for (const [name, received] of INVALID)
      it(`given ${name}, then the request is refused`, async () => {
        expect(await accepts(received())).to.equal(false);
      });
  }

  it('given the document, then it has a program in each of three languages', () => {
    expect([...programs.keys()]).to.have.members(['ts', 'python', 'bash']);
  });

  describe('in TypeScript', () => {
    beforeEach(() => stub(console, 'log'));
    afterEach(() => restore());
    each(async ({ headers, body, secrets }) => {
      const load = createRequire(written('receiver.ts', 'ts'));
      const { receiver } = load('./receiver.ts') as { receiver: RequestListener };
      const server = createServer(receiver).listen(0, '127.0.0.1');
      await once(server, 'listening');
      process.env['WEBHOOK_SECRETS'] = secrets.join(' ');
      const { port } = server.address() as AddressInfo;
      const { status } = await fetch(`http://127.0.0.1:${String(port)}/orders`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body,
      });
      Reflect.deleteProperty(process.env, 'WEBHOOK_SECRETS');
      server.closeAllConnections();
      server.close();
      expect(status).to.be.oneOf([204, 400]);
      return status === 204;
    });
  });

  if (isInstalled('python3'))
    describe('in Python', () => {
      each(({ headers, body, secrets }) => {
        written('verify_webhook.py', 'python');
        const call = [
          'import json, sys, verify_webhook as program',
          'headers, secrets = json.loads(sys.argv[1])',
          'body = sys.stdin.buffer.read()',
          'try: event = program.verify_webhook(headers, body, secrets)',
          'except ValueError: sys.exit(3)',
          'assert event == json.loads(body)',
        ].join('\n');
        const { status, stderr } = spawnSync('python3', ['-c', call, JSON.stringify([headers, secrets])], {
          cwd: folder,
          input: body,
          encoding: 'utf8',
        });
        expect([status, stderr]).to.be.deep.oneOf([
          [0, ''],
          [3, ''],
        ]);
        return status === 0;
      });
    });

  if (isInstalled('openssl'))
    describe('in the shell', () => {
      each(({ headers, body, secrets: [known = ''] }) => {
        const program = written('verify-webhook.sh', 'bash');
        const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
        const args = [...names.map((name) => headers[name] ?? ''), known];
        const { status, stderr } = spawnSync('sh', [program, ...args], { input: body, encoding: 'utf8' });
        expect([status, stderr]).to.be.deep.oneOf([
          [0, ''],
          [1, ''],
        ]);
        return status === 0;
      });
    });
});
