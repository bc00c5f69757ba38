import { at, type Check } from './story';

/** The status code of the answer. */
export const status = (expected: number): Check => ({
  what: 'status',
  expected,
  got: (answer) => answer.status,
});

/** A member of the answer's JSON, by dotted path. */
export const member = (path: string, expected: unknown): Check => ({
  what: path,
  expected,
  got: (answer) => at(answer.body, path),
});

/** An RFC 9457 problem with that status and code. */
export const problem = (expected: number, code: string): Check[] => [
  status(expected),
  header('content-type', 'application/problem+json; charset=utf-8'),
  member('code', code),
];

/** A header of the answer. */
export const header = (name: string, expected: string): Check => ({
  what: name,
  expected,
  got: (answer) => answer.headers.get(name),
});

/** The paths that a problem names as faulty. */
export const faultyMembers = (...expected: string[]): Check => ({
  what: 'faulty members',
  expected,
  got: (answer) => (at(answer.body, 'errors') as { path: string }[] | undefined)?.map(({ path }) => path),
});

/** One member of each entry of a list answer. */
export const column = (path: string, expected: unknown[]): Check => ({
  what: `${path} of each`,
  expected,
  got: (answer) =>
    (at(answer.body, 'data') as unknown[] | undefined)?.map((entry) => at(entry, path) ?? null),
});
