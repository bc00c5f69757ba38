import { BAD_GATEWAY, SHARED_PROBLEM_TYPES, UNAVAILABLE, UNKNOWN_PATH } from '../contracts/problem-types';
import { isAxiosError, type AxiosError, type AxiosResponse } from 'axios';
import { problem } from '../contracts/problem';
import { AppError } from '../errors';

type Answered = AxiosError & { response: AxiosResponse };

/** What the caller of this service can have caused, and is told. A path that the other service does not have is a mistake of this one. */
const REFUSALS = SHARED_PROBLEM_TYPES.filter(
  (type) => [400, 404, 409, 412, 422].includes(type.status) && type !== UNKNOWN_PATH,
);

/**
 * Statuses after which the same request can succeed later (RFC 9110 §15, RFC 6585 §4, RFC 8470 §5.2, RFC 4918 §11.5). Refused
 * credentials are among them: they lie between the services, and pass when keys and settings agree again. Every other error status
 * is permanent: 500 too, because a service of ours answers 503 to what passes by itself.
 */
const TRANSIENT: ReadonlySet<number> = new Set([401, 403, 407, 408, 425, 429, 502, 503, 504, 507]);

/** Whether an attempt failed in a way that says nothing about the request: no answer, or one of a service that is away or busy. */
export function isOutage(error: unknown): boolean {
  return !isAnswered(error) || TRANSIENT.has(error.response.status);
}

/**
 * Why a request to another service failed, as an error of ours: the other service's refusal with its code and what it says about the
 * fault; `unavailable` for an outage; `bad_gateway` for any other answer.
 *
 * @param service the other service's name.
 */
export function toAppError(error: unknown, service: string): AppError {
  if (isOutage(error))
    return new AppError(UNAVAILABLE, `the ${service} does not answer at the moment`, {
      cause: error,
      ...retryAfter(error),
    });
  const { response } = error as Answered;
  return refusalIn(response) ?? badGateway(`the ${service} answered with ${response.status}`, error);
}

/** An answer that is not as agreed: to ask again would not help. */
export const badGateway = (message: string, cause: unknown): AppError =>
  new AppError(BAD_GATEWAY, message, { cause });

const isAnswered = (error: unknown): error is Answered => isAxiosError(error) && error.response !== undefined;

/** Null for an answer that does not come from the other service itself, or is not about what the caller asked for. */
function refusalIn({ status, data: body }: AxiosResponse): AppError | null {
  const { data } = problem.partial().safeParse(body);
  const type = REFUSALS.find((known) => known.code === data?.code && known.status === status);
  if (!data || !type) return null;
  return new AppError(type, data.detail ?? `refused with ${status}`, {
    ...(data.errors && { errors: data.errors }),
    ...(data.more_errors !== undefined && { moreErrors: data.more_errors }),
    ...(data.allowed && { allowed: data.allowed }),
    ...(data.current_version !== undefined && { currentVersion: data.current_version }),
  });
}

/** Seconds (RFC 9110 §10.2.3), at most a minute. */
function retryAfter(error: unknown): { retryAfterSeconds?: number } {
  const header: unknown = isAnswered(error) ? error.response.headers['retry-after'] : undefined;
  const isSeconds = typeof header === 'string' && /^[1-9]\d*$/.test(header);
  return isSeconds ? { retryAfterSeconds: Math.min(60, Number(header)) } : {};
}
