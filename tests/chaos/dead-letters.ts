import { type Message } from '@aws-sdk/client-sqs';
import { parseMessageBody } from '../../src/shared/queue/message-body';
import { type Breach } from './history';
import { type Databases } from './databases';

/** Every dead letter must be a message of an order that exists; that it has ended in spite of it is another invariant. */
export async function deadLetterBreaches(
  { orders }: Databases,
  letters: readonly Message[],
): Promise<Breach[]> {
  const ids = letters.map(({ Body = '' }) => orderOf(Body));
  const { rows } = await orders.query<{ order_id: string }>(
    'SELECT order_id FROM orders WHERE order_id = ANY ($1::uuid[])',
    [ids.filter((id) => id !== null)],
  );
  const known = new Set(rows.map((row) => row.order_id));
  return letters
    .filter((_, index) => ids[index] === null || !known.has(ids[index]!))
    .map(({ Body = '' }) => ({
      invariant: 'I6 dead letters are accounted for',
      what: Body.slice(0, 300),
      key: null,
    }));
}

function orderOf(body: string): string | null {
  try {
    return parseMessageBody(body).order_id;
  } catch {
    return null;
  }
}
