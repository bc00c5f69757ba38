import { messageOf } from '../../../src/shared/errors';
import { OperatorError } from '../operator-error';

/**
 * The data of an answer.
 *
 * @param service such as "Order Service", for error messages
 * @throws OperatorError with the code and detail of the service's error
 */
export async function answerOf<T>(
  call: Promise<{ data?: T; error?: unknown; response: Response }>,
  service = 'Order Service',
): Promise<T> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    throw new OperatorError(`The ${service} stopped answering: ${messageOf(cause)}.`);
  });
  if (data !== undefined) return data;
  const { code, detail } = (error ?? {}) as { code?: string; detail?: string };
  throw new OperatorError(
    `The ${service} refused the request: ${code ?? String(response.status)}, ${detail ?? response.statusText}.`,
  );
}
