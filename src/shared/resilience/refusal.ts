import { isAxiosError, type AxiosError, type AxiosResponse } from 'axios';
import { problem } from '../contracts/problem';
import { PROBLEM_CODES, type ProblemCode } from '../contracts/problem-codes';
import { AppError, type ErrorKind } from '../errors';

const KINDS: Readonly<Record<number, ErrorKind>> = {
  400: 'invalid_input',
  404: 'not_found',
  409: 'conflict',
  412: 'precondition_failed',
  422: 'unprocessable',
};

/**
 * Whether the other service gave a sound answer that says no. Refused credentials or quotas are not for the caller's ears: they are
 * between the services, so they count as failures.
 */
export function isRefusal(error: unknown): error is AxiosError & { response: AxiosResponse } {
  return isAxiosError(error) && error.response !== undefined && error.response.status in KINDS;
}

/** The other service's refusal as an error of ours, with its code and what it says about the fault. */
export function toAppError({ response }: { response: AxiosResponse }): AppError {
  const kind = KINDS[response.status] ?? 'unavailable';
  const { data } = problem.partial().safeParse(response.data);
  const code =
    data?.code !== undefined && data.code in PROBLEM_CODES ? (data.code as ProblemCode) : undefined;
  return new AppError(kind, data?.detail ?? `refused with ${response.status}`, {
    ...(code && { code }),
    ...(data?.errors && { errors: data.errors }),
    ...(data?.more_errors !== undefined && { moreErrors: data.more_errors }),
    ...(data?.allowed && { allowed: data.allowed }),
    ...(data?.current_version !== undefined && { currentVersion: data.current_version }),
  });
}
