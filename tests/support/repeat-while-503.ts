import { type ApiResponse } from './api-client';

/** Repeats a request while it is answered with 503; returns the last answer. */
export async function repeatWhile503(
  request: () => Promise<ApiResponse>,
  withinMs: number,
): Promise<ApiResponse> {
  for (const end = performance.now() + withinMs; ;) {
    const answer = await request();
    if (answer.status !== 503 || performance.now() > end) return answer;
  }
}
