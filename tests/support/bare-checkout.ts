import { spawnSync, type SpawnSyncOptions, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A checkout without installed packages, with fake programs, including `node` and `npm`. */
export interface BareCheckout {
  /** The root folder, from which the script is called. */
  readonly folder: string;
  readonly checkout: string;
  readonly programs: string;
  program(name: string, script: string): void;
  /** Runs manage-system.sh, or another `script`. */
  start(args?: readonly string[], options?: StartOptions): SpawnSyncReturns<string>;
  /** The npm commands since the previous call, without the constant options. */
  npmCalls(): string[];
  remove(): void;
}

export interface StartOptions extends SpawnSyncOptions {
  script?: string;
}

const PROJECT = join(__dirname, '..', '..');
const CONSTANT_OPTIONS =
  /^--(no-audit|no-fund|ignore-scripts|prefer-offline|fetch-\S+=\d+|include=optional)$/;

/** Prints a version, runs code of the command line, or prints its working folder and arguments. */
const NODE = `case $1 in
  --version) echo v20.19.0 ;;
  -[ep]) exec '${process.execPath}' "$@" ;;
  *) pwd; printf "%s\\n" "$CALLED_FROM" "$@" ;;
esac`;

/** Creates the folders of the requested packages, and npm's record of the installation. */
export const NPM = `echo "$@" >>"$TMPDIR/npm-calls"
[ "$1" = ci ] && rm -rf node_modules
groups='dependencies optionalDependencies'
case "$*" in *--include=dev*) groups="$groups devDependencies" ;; esac
for group in $groups; do
  for name in $(node -p "Object.keys(require('./package.json').$group).join(' ')"); do mkdir -p "node_modules/$name"; done
done
[ -d node_modules/mocha ] && mkdir -p node_modules/.bin && touch node_modules/.bin/mocha
node -e 'const { packages } = JSON.parse(fs.readFileSync("package-lock.json"));
  const kept = Object.entries(packages).filter(([path, { dev }]) => path && !(dev && process.argv[1] === "no"));
  fs.writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: Object.fromEntries(kept) }))' \
  "$([ -d node_modules/mocha ] || echo no)"`;

export function bareCheckout(): BareCheckout {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'first start-')));
  chmodSync(folder, 0o755);
  const [checkout, programs] = [join(folder, 'check out'), join(folder, 'programs')];
  for (const inside of [checkout, programs]) mkdirSync(inside);
  for (const name of ['package.json', 'package-lock.json']) cpSync(join(PROJECT, name), join(checkout, name));
  cpSync(join(PROJECT, 'scripts'), join(checkout, 'scripts'), {
    recursive: true,
    filter: (source) => !source.includes('/system'),
  });
  const program = (name: string, script: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(programs, name), 0o755);
  };
  program('node', NODE);
  program('npm', NPM);
  return {
    folder,
    checkout,
    programs,
    program,
    start(args = [], { script = join(checkout, 'scripts', 'manage-system.sh'), ...options } = {}) {
      const env = { PATH: `${programs}:/usr/bin:/bin`, TMPDIR: folder, CDPATH: '/tmp' };
      return spawnSync(script, args, { env, cwd: folder, ...options, encoding: 'utf8' });
    },
    npmCalls() {
      const file = join(folder, 'npm-calls');
      const calls = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      rmSync(file, { force: true });
      return calls.map((call) =>
        call
          .split(' ')
          .filter((word) => !CONSTANT_OPTIONS.test(word))
          .join(' '),
      );
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
