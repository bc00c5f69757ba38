import { type FieldError, type Problem } from '../contracts/problem';

/** How many faults an error answer lists; of the rest it gives the number. */
export const MAX_LISTED_ERRORS = 20;

/** The largest texts of an error answer, in bytes of their JSON: names and paths come from the request. */
const MAX_TEXT_BYTES = 200;
const MAX_DETAIL_BYTES = 1_000;

/**
 * A problem that takes at most about 12 kB as JSON, whatever was sent: an error answer must not be a way to make a small request
 * into a large answer.
 */
export function boundedProblem(problem: Problem): Problem {
  const { errors, allowed, more_errors: more = 0 } = problem;
  const unlisted = Math.max(0, (errors?.length ?? 0) - MAX_LISTED_ERRORS) + more;
  return {
    ...problem,
    detail: boundedText(problem.detail, MAX_DETAIL_BYTES),
    instance: boundedText(problem.instance, MAX_TEXT_BYTES),
    ...(errors && { errors: errors.slice(0, MAX_LISTED_ERRORS).map(boundedError) }),
    ...(unlisted > 0 && { more_errors: unlisted }),
    ...(allowed && { allowed: allowed.slice(0, MAX_LISTED_ERRORS).map((step) => boundedText(step)) }),
  };
}

const boundedError = ({ path, message }: FieldError): FieldError => ({
  path: boundedText(path),
  message: boundedText(message),
});

/** The text, or as much of its beginning as takes at most so many bytes as JSON; what is cut off shows as an ellipsis. */
export function boundedText(text: string, maxBytes = MAX_TEXT_BYTES): string {
  if (text.length <= maxBytes && jsonBytes(text) <= maxBytes) return text;
  let kept = '';
  let room = maxBytes - jsonBytes('…');
  for (const character of text) {
    room -= jsonBytes(character);
    if (room < 0) break;
    kept += character;
  }
  return `${kept}…`;
}

/** Without the quotes around it. A control character takes six bytes, a character outside ASCII up to four. */
const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;
