import { type Response } from 'express';
import { type AnswerOnce } from '../idempotency/run-once';

/** Sends the answer of an idempotent operation, and says whether it repeats an earlier one. */
export function sendAnswer(response: Response, { status, body, replayed }: AnswerOnce): void {
  if (replayed) response.set('Idempotency-Replayed', 'true');
  response.status(status).type('json').send(body);
}
