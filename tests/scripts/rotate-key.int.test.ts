import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { rotateKey } from '../../scripts/system/commands/rotate-key';
import { readBundle } from '../../scripts/system/preparation/key-bundle';
import { newSigningKey } from '../../scripts/system/preparation/signing-keys';
import { readSettings } from '../../scripts/system/settings';
import { send } from '../support/api-client';
import { bearer } from '../support/oauth';
import { startServicePair, type ServicePair } from '../support/service-pair';

const ID = '0190a0a0-0000-7000-8000-00000000000a';

describe('rotate-key', () => {
  let file: string;
  let pair: ServicePair;
  before(async () => {
    file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'private.pem');
    writeFileSync(file, newSigningKey());
    pair = await startServicePair({ variables: { JWT_PRIVATE_KEY: '', JWT_PRIVATE_KEY_FILE: file } });
  });
  after(() => pair.stop());

  const rotate = (...args: string[]) =>
    rotateKey(
      readSettings(process.cwd(), {
        JWT_PRIVATE_KEY_FILE: file,
        LOCAL_DIR: dirname(file),
        ORDER_SERVICE_PORT: pair.environment['ORDER_SERVICE_PORT'],
      }),
      args,
    );
  const kidOf = (token: string): string =>
    (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;

  it('given requests to both services with old and new tokens, when the key is rotated twice, then none fails', async () => {
    const old = (await pair.client()).token;
    const statuses: number[] = [];
    const kids = new Set([kidOf(old)]);
    let isRotating = true;
    const ask = async (token: string): Promise<void> => {
      const [order, shipment] = await Promise.all([
        send(`${pair.orderUrl}/orders/${ID}`, 'GET', undefined, bearer(token)),
        send(`${pair.deliveryUrl}/shipments/${ID}`, 'GET', undefined, bearer(token)),
      ]);
      statuses.push(order.status, shipment.status);
    };
    const load = [...Array(2)].map(async () => {
      while (isRotating) {
        const { token } = await pair.client();
        kids.add(kidOf(token));
        await Promise.all([ask(token), ask(old)]);
      }
    });
    // A verifier fetches an unknown key at once, unless it has just fetched keys.
    await rotate('--wait', '3');
    await delay(2_500);
    await rotate('--wait', '3');
    await delay(2_500);
    isRotating = false;
    await Promise.all(load);
    expect(kids.size, 'keys that signed').to.equal(3);
    expect(statuses, 'of two tokens at two services, while each new key signed').to.have.length.of.at.least(
      8,
    );
    expect(statuses.filter((status) => status !== 404)).to.deep.equal([]);
  }).timeout(30_000);

  it('given rotations, then the newest key is first, the others have a retire-after, and only the owner can read the file', () => {
    const bundle = readBundle(file);
    expect(bundle.map(({ retireAfter }) => retireAfter === null)).to.deep.equal([true, false, false]);
    expect(bundle[1]!.retireAfter!.getTime()).to.be.above(Date.now() + 86_400_000);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('given a key whose retire-after has passed, then the next rotation removes it', async () => {
    const [current] = readBundle(file);
    writeFileSync(file, `${current!.pem}\nretire-after: 2020-01-01T00:00:00.000Z\n${newSigningKey()}`);
    await pair.stop();
    await rotate();
    expect(readBundle(file)).to.have.length(2);
    expect(readFileSync(file, 'utf8')).not.to.contain('2020-01-01');
  });

  it('given unknown arguments, or a file without keys, then one line reports it', async () => {
    const messageOf = (error: unknown): string => (error as Error).message;
    expect(await rotate('--now').catch(messageOf)).to.equal('rotate-key takes only --wait SECONDS.');
    rmSync(file, { force: true });
    expect(await rotate().catch(messageOf)).to.match(
      /^There is no file \S+ with signing keys; .* up creates that of/,
    );
    writeFileSync(file, 'nothing');
    expect(await rotate().catch(messageOf)).to.match(/holds no private key in PEM\.$/);
    writeFileSync(file, `retire-after: tomorrow\n${newSigningKey()}`);
    expect(await rotate().catch(messageOf)).to.match(/has a retire-after that is not a time: tomorrow$/);
  });

  it('given a token lifetime that the Order Service refuses, then nothing is rotated', async () => {
    writeFileSync(file, newSigningKey());
    const before = readFileSync(file, 'utf8');
    const settings = readSettings(process.cwd(), { JWT_PRIVATE_KEY_FILE: file, JWT_EXPIRES_IN: '1e5' });
    const error = await rotateKey(settings, []).catch((thrown: unknown) => (thrown as Error).message);
    expect(error).to.equal('JWT_EXPIRES_IN: must be a whole number from 60 to 31536000');
    expect(readFileSync(file, 'utf8')).to.equal(before);
  });
});
