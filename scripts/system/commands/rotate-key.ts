import { createPrivateKey } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { algorithmOf, keyId, type SigningAlgorithm } from '../../../src/shared/auth/signing-algorithm';
import { integerText } from '../../../src/shared/contracts/integers';
import { serviceOrigin } from '../components/service-origin';
import { agreedSettings } from '../instance/settings-in-force';
import { withLockFile } from '../instance/with-lock';
import { OperatorError, UsageError } from '../operator-error';
import { addKey, promoteKey, type KeyBundle, readBundle, writeBundle } from '../preparation/key-bundle';
import { signingAlgorithm, signingKeyFileInForce } from '../preparation/signing-keys';
import { recordedProcess } from '../processes/process-record';
import { type Settings } from '../settings';
import { report } from '../terminal';

/** Verifiers fetch the key set every 15 s, and at once when a token names an unknown key. */
const DEFAULT_WAIT_SECONDS = 16;
/** Instances reread their key file every 2 s. */
const PUBLISHED_WITHIN_MS = 10_000;
const DEFAULT_TOKEN_SECONDS = 86_400;
const LEEWAY_SECONDS = 300;

/**
 * Gives the Order Service a new signing key; issued tokens stay valid. The new key is published first and signs after every verifier has
 * fetched it. An old key is kept until the last token that it signed has expired.
 */
export async function rotateKey(given: Settings, args: readonly string[]): Promise<number> {
  const waitSeconds = waitOf(args);
  const settings = agreedSettings(given);
  const keepMs = (tokenSeconds(settings) + LEEWAY_SECONDS) * 1_000;
  const file = signingKeyFileInForce(settings, settings.infra);
  // Fail before the lock is created if there are no keys.
  readBundle(file);
  return withLockFile(`${file}.lock`, 'rotate-key', () => rotate(settings, file, { waitSeconds, keepMs }));
}

async function rotate(
  settings: Settings,
  file: string,
  { waitSeconds, keepMs }: { waitSeconds: number; keepMs: number },
): Promise<number> {
  const known = withoutEnded(readBundle(file));
  const algorithm = signingAlgorithm(settings);
  const { bundle, kid } = addKey(known, algorithm);
  writeBundle(file, bundle);
  report('new key', `${kid}, published in ${file}`);
  if (await isServing(settings, known)) {
    await published(settings, kid);
    report(
      'key set',
      `contains it; it signs in ${String(waitSeconds)} s, when every verifier has fetched it`,
    );
    await delay(waitSeconds * 1_000);
  } else {
    report('key set', 'the Order Service is down: no need to wait');
  }
  const retireAfter = new Date(Date.now() + keepMs);
  writeBundle(file, promoteKey(bundle, retireAfter));
  const signs = known.some((key) => isFor(algorithm, key))
    ? 'the new key signs'
    : `the new key signs when the Order Service has been restarted with JWT_ALGORITHM=${algorithm}`;
  report('signing', `${signs}; the old keys are kept until ${retireAfter.toISOString()}`);
  return 0;
}

const isFor = (algorithm: SigningAlgorithm, { pem }: KeyBundle[number]): boolean =>
  algorithmOf(createPrivateKey(pem)) === algorithm;

function waitOf(args: readonly string[]): number {
  if (args.length === 0) return DEFAULT_WAIT_SECONDS;
  const [option, value = ''] = args;
  if (option === '--wait' && args.length === 2 && /^\d{1,4}$/.test(value)) return Number(value);
  throw new UsageError('rotate-key takes only --wait SECONDS.');
}

const withoutEnded = (bundle: KeyBundle): KeyBundle =>
  bundle.filter(({ retireAfter }) => retireAfter === null || retireAfter > new Date());

/** @throws OperatorError for a value that the Order Service would refuse */
function tokenSeconds({ environment }: Settings): number {
  const { data, error } = integerText(60, 31_536_000).safeParse(
    environment['JWT_EXPIRES_IN'] ?? DEFAULT_TOKEN_SECONDS,
  );
  if (error) throw new OperatorError(`JWT_EXPIRES_IN: ${error.issues[0]?.message ?? ''}`);
  return data;
}

const keySetUrl = (settings: Settings): string => `${serviceOrigin(settings)}/.well-known/jwks.json`;

/** A key set without any of the keys belongs to another system, unless the service of this copy answers. */
async function isServing(settings: Settings, known: KeyBundle): Promise<boolean> {
  const kids = await kidsOf(settings).catch(() => null);
  if (kids === null) return false;
  const isOurs = recordedProcess(settings.stateFolder, 'order-service') !== null;
  return isOurs || known.some(({ pem }) => kids.includes(keyId(createPrivateKey(pem))));
}

async function kidsOf(settings: Settings): Promise<string[]> {
  const answer = await fetch(keySetUrl(settings), { signal: AbortSignal.timeout(2_000) });
  return ((await answer.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
}

/** @throws OperatorError when the running service does not publish the key, so that the key must not sign */
async function published(settings: Settings, kid: string): Promise<void> {
  const deadline = Date.now() + PUBLISHED_WITHIN_MS;
  while (Date.now() < deadline) {
    if ((await kidsOf(settings).catch(() => [] as string[])).includes(kid)) return;
    await delay(200);
  }
  throw new OperatorError(
    `The running Order Service does not show the new key at ${keySetUrl(settings)}: does it read another file?`,
    ['The new key stays in the file, and the old key continues to sign.'],
  );
}
