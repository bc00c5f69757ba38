import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { processFacts, type ProcessFacts } from './process-facts';

/**
 * Records the process of the component `name`. The pid alone is not enough: after a crash of the machine it may belong to another process,
 * which must not be stopped.
 */
export function recordProcess(stateFolder: string, name: string, pid: number): void {
  const file = recordFile(stateFolder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ pid, startMark: processFacts(pid)?.startMark }));
}

/** The running process of the component `name`, or null. The record of an ended process is removed if permitted. */
export function recordedProcess(stateFolder: string, name: string): ProcessFacts | null {
  const record = readRecord(recordFile(stateFolder, name));
  if (record === null) return null;
  const facts = processFacts(record.pid);
  if (facts !== null && facts.startMark === record.startMark) return facts;
  removeIfAllowed(recordFile(stateFolder, name));
  return null;
}

/** A user without write permission must still be able to read the state. */
function removeIfAllowed(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // The next command of the owner removes it.
  }
}

export function forgetProcess(stateFolder: string, name: string): void {
  rmSync(recordFile(stateFolder, name), { force: true });
}

function recordFile(stateFolder: string, name: string): string {
  return join(stateFolder, 'run', `${name}.json`);
}

function readRecord(file: string): { pid: number; startMark: string } | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startMark: string };
  } catch {
    return null;
  }
}
