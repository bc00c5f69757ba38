/**
 * A failure that the operator can fix. It is shown as a one-line message followed by `details` (such as the end of a log), without a stack
 * trace.
 */
export class OperatorError extends Error {
  override readonly name: string = 'OperatorError';

  constructor(
    message: string,
    readonly details: readonly string[] = [],
  ) {
    super(message);
  }
}

/** An invalid command line: exit code 2. */
export class UsageError extends OperatorError {
  override readonly name = 'UsageError';
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'a folder exists at this path',
  EEXIST: 'a file exists at this path',
  ENAMETOOLONG: 'name too long',
  ELOOP: 'symbolic links form a loop',
  EIO: 'input/output error',
  EINVAL: 'invalid argument',
};

/**
 * Turns a file system error that only the operator can fix (permissions, a full disk, a folder instead of a file) into an OperatorError of
 * one sentence; returns every other error unchanged.
 */
export function asOperatorError(error: unknown): unknown {
  const { code = '', path, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  // For a folder that cannot be created on a read-only file system, Node reports ENOENT.
  const reason = code === 'ENOENT' && syscall === 'mkdir' ? 'it cannot be created' : FILE_FAULTS[code];
  if (reason === undefined || path === undefined) return error;
  return new OperatorError(
    `${dest ?? path} cannot be used (${reason}): run as the owner of the files, ` +
      'or set LOCAL_DIR to a writable folder.',
  );
}
