import { z } from 'zod';
import { version } from './integers';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/** One fault in the input: where (`items[0].quantity`), and what is wrong with it. */
export const fieldError = z.object({ path: z.string(), message: z.string() }).meta({ id: 'FieldError' });
export type FieldError = z.infer<typeof fieldError>;

/** An error answer as RFC 9457 `application/problem+json`; `code` is the stable name a program can switch on. */
export const problem = z
  .object({
    type: z.string().describe('where the error is explained'),
    title: z.string().describe('the reason phrase of the status'),
    status: z.int(),
    detail: z.string().describe('what went wrong, for people; may change'),
    instance: z.string().describe('the path that was asked for'),
    code: z.string().describe('the stable name of the error'),
    correlation_id: z.string().describe('finds the log lines of this request'),
    errors: z.array(fieldError).readonly().optional().describe('faulty members, at most 20'),
    more_errors: z.int().min(1).optional().describe('how many faulty members there are beyond those listed'),
    allowed: z.array(z.string()).readonly().optional().describe('the steps that are possible instead'),
    current_version: version.optional().describe('the version that the resource has now'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details' });
export type Problem = z.infer<typeof problem>;
