import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isExecutable } from '../../../scripts/system/infrastructure/redis-program';
import { delimiter, join } from 'node:path';
import { runToEnd } from '../../../scripts/system/processes/run-to-end';
import { percentilesOf } from '../measurement';
import { type FloorResult } from './floor-result';
import { type FloorScript } from './floor-script';

const SAMPLED = 0.1;

/** Path of pgbench, or null. */
export function findPgbench(searchPath: string): string | null {
  const packaged = '/usr/lib/postgresql';
  const versions = existsSync(packaged) ? readdirSync(packaged).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...searchPath.split(delimiter).filter((folder) => folder !== ''),
    ...versions.map((version) => join(packaged, version, 'bin')),
  ];
  return folders.map((folder) => join(folder, 'pgbench')).find(isExecutable) ?? null;
}

/** Runs pgbench with prepared statements against the database; its files are written to the folder. */
export async function runPgbench(
  program: string,
  { statements, constants, randomBelow }: FloorScript,
  {
    databaseUrl,
    folder,
    clients,
    seconds,
  }: { databaseUrl: string; folder: string; clients: number; seconds: number },
): Promise<FloorResult> {
  const script = join(folder, 'floor.sql');
  const random = Object.entries(randomBelow).map(
    ([name, below]) => `\\set ${name} random(0, ${String(below - 1)})`,
  );
  // A statement that sets parameters is ended by \gset instead of a semicolon.
  const lines = statements.map((statement) => (statement.endsWith('\\gset') ? statement : `${statement};`));
  writeFileSync(script, [...random, ...lines].join('\n'));
  const log = join(folder, 'pgbench');
  const options = [
    '-n',
    '-M',
    'prepared',
    '-c',
    String(clients),
    '-j',
    '2',
    '-T',
    String(Math.ceil(seconds)),
  ];
  const logging = ['--log', `--log-prefix=${log}`, `--sampling-rate=${String(SAMPLED)}`];
  const parameters = Object.entries(constants).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
  const { exitCode, output } = await runToEnd(
    program,
    [...options, ...logging, ...parameters, '-f', script, databaseUrl],
    { cwd: folder, env: { LC_ALL: 'C' } },
  );
  const perSecond = Number(/^tps = ([\d.]+)/m.exec(output)?.[1]);
  if (exitCode !== 0 || !(perSecond > 0)) throw new Error(`pgbench failed: ${output}`);
  return { by: 'pgbench', perSecond, latency: percentilesOf(takeLatencies(folder)) };
}

/** Reads and removes the log files; returns the latencies of the sampled transactions in milliseconds. */
function takeLatencies(folder: string): number[] {
  const files = readdirSync(folder).filter((name) => /^pgbench\.\d/.test(name));
  return files.flatMap((name) => {
    const lines = readFileSync(join(folder, name), 'utf8').trim().split('\n');
    rmSync(join(folder, name));
    return lines.map((line) => Number(line.split(' ')[2]) / 1_000);
  });
}
