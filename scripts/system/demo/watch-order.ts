import { setTimeout as delay } from 'node:timers/promises';
import { createOrderServiceClient } from '../../../client/api-client';
import { type OrderWatch, type SeenStatus, type Story } from './story';

const POLL_MS = 100;
const LONGEST_MS = 60_000;
const ENDS = ['DELIVERED', 'RETURNED', 'CANCELLED'];

/** Starts to poll an order in the background, so that no status is missed during other steps. */
export function watchOrder({ orderUrl, variables }: Story, orderId: string): OrderWatch {
  const token = (): Promise<string> => Promise.resolve(variables['TOKEN'] ?? '');
  const client = createOrderServiceClient({ baseUrl: orderUrl, token });
  const start = performance.now();
  const seen: SeenStatus[] = [];
  const polling = poll();
  polling.catch(() => undefined);

  async function poll(): Promise<void> {
    while (performance.now() - start < LONGEST_MS && !ENDS.includes(seen.at(-1)?.status ?? '')) {
      const { data } = await client.GET('/orders/{order_id}', { params: { path: { order_id: orderId } } });
      const status = String(data?.status);
      if (status !== seen.at(-1)?.status) seen.push({ status, afterMs: performance.now() - start });
      await delay(POLL_MS);
    }
  }

  return {
    async *statuses() {
      let isOver = false;
      const over = polling.finally(() => (isOver = true));
      over.catch(() => undefined);
      for (let next = 0; ;) {
        const status = seen[next];
        if (status) {
          next += 1;
          yield status;
        } else if (isOver) {
          return polling;
        } else {
          await Promise.race([delay(POLL_MS), over.catch(() => undefined)]);
        }
      }
    },
  };
}
