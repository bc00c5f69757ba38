import { spawnSync } from 'node:child_process';

const isThere = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

/** The shells that the commands of the documents must work in; zsh if it is installed. */
export const SHELLS: readonly string[] = ['bash', 'zsh'].filter(
  (shell) => shell === 'bash' || isThere(shell),
);
