/** One fault in the input: where (`items[0].quantity`), and what is wrong with it. */
export interface FieldError {
  path: string;
  message: string;
}

/** An error answer as RFC 9457 `application/problem+json`; `code` is the stable name a program can switch on. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  code: string;
  correlation_id: string;
  errors?: readonly FieldError[];
}

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';
