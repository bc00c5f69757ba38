import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

/**
 * Runs a program and waits for its end.
 *
 * @param options.onErrorLine receives each line of stderr at once
 * @returns its exit code (1 if a signal ended it) and what it printed
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  {
    onErrorLine,
    ...options
  }: {
    cwd: string;
    env: NodeJS.ProcessEnv;
    uid?: number;
    gid?: number;
    onErrorLine?: (line: string) => void;
  },
): Promise<{ exitCode: number; output: string }> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  if (onErrorLine) createInterface(child.stderr).on('line', onErrorLine);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const [exitCode, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { exitCode, output: stdout + stderr };
}
