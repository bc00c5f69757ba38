/**
 * A failure the operator can act on. It is shown as its message, one line, followed by `details` (such as the end of
 * a log); a stack trace would only hide it.
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

/** The command line cannot be understood: exit code 2. */
export class UsageError extends OperatorError {
  override readonly name = 'UsageError';
}

const FILE_FAULTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'read-only file system',
  ENOSPC: 'no space left on the device',
  EDQUOT: 'disk quota exceeded',
  ENOTDIR: 'a part of its path is not a folder',
  EISDIR: 'a folder is in its place',
  EEXIST: 'a file is in its place',
  ENAMETOOLONG: 'name too long',
  ELOOP: 'its links lead in a circle',
  EIO: 'the device fails',
  EINVAL: 'not possible there',
};

/**
 * An error of the file system that only the operator can remove (rights, a full disk, a folder in the place of a file) as one sentence; every other error
 * as it is.
 */
export function asOperatorError(error: unknown): unknown {
  const { code = '', path, dest, syscall } = error as NodeJS.ErrnoException & { dest?: string };
  // Node reports a folder that cannot be made on a read-only file system as one that is not there.
  const reason = code === 'ENOENT' && syscall === 'mkdir' ? 'it cannot be made' : FILE_FAULTS[code];
  if (reason === undefined || path === undefined) return error;
  return new OperatorError(
    `${dest ?? path} cannot be used (${reason}): run as the owner of the files, ` +
      'or set LOCAL_DIR to a folder that can be written.',
  );
}
