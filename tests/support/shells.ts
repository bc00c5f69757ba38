import { spawnSync } from 'node:child_process';

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** The shells that people paste commands of the documents into; zsh where it is on this machine. */
export const SHELLS: readonly string[] = ['bash', 'zsh'].filter(
  (shell) => shell === 'bash' || isThere(shell),
);
