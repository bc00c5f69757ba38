import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/**
 * A headless Chromium: the program that `CHROMIUM` names, else one on PATH. On a Debian-like machine the package is installed when the
 * tests run as root. Null if there is none, except in CI.
 *
 * @throws Error in CI when there is none
 */
export async function startChromium(): Promise<Browser | null> {
  const executablePath = process.env['CHROMIUM'] ?? findProgram(PROGRAMS) ?? installed();
  if (executablePath !== null) {
    const isRoot = process.getuid?.() === 0;
    return chromium.launch({ executablePath, args: isRoot ? ['--no-sandbox'] : [] });
  }
  if (process.env['CI'])
    throw new Error('Chromium is missing: install the package chromium or set CHROMIUM.');
  return null;
}

function installed(): string | null {
  const aptGet = findProgram(['apt-get']);
  if (aptGet === null || process.getuid?.() !== 0) return null;
  const run = (...args: string[]): boolean =>
    spawnSync(aptGet, args, {
      stdio: 'ignore',
      env: { PATH: process.env['PATH'], DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  const install = (): boolean => run('install', '-y', '-q', '--no-install-recommends', 'chromium');
  if (!install() && run('update', '-q')) install();
  return findProgram(PROGRAMS);
}

function findProgram(names: readonly string[]): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
