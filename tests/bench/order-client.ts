import { Agent, request } from 'node:http';
import { newOrderRequest } from './order-requests';
import { type System } from './system';

/** An order was answered with another status than 201. */
export class RefusedOrder extends Error {
  constructor(readonly status: number) {
    super(`an order was answered with ${String(status)}`);
  }
}

export interface OrderClient {
  /** Places a new order. @throws RefusedOrder when it is not accepted. */
  place(): Promise<void>;
  close(): void;
}

/**
 * A client with persistent connections to each process of the Order Service, which it uses in turn; its CPU time is reported separately.
 */
export function createOrderClient({ apiUrls, tokens }: System, connections: number): OrderClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  let placed = 0;
  return {
    place: () =>
      new Promise((resolve, reject) => {
        const { method, path, headers, body } = newOrderRequest(tokens.shop);
        placed += 1;
        const call = request(
          `${apiUrls[placed % apiUrls.length]!}${path}`,
          { method, headers, agent },
          (response) => {
            response.resume();
            response.on('error', reject);
            response.on('end', () => {
              if (response.statusCode === 201) resolve();
              else reject(new RefusedOrder(response.statusCode ?? 0));
            });
          },
        );
        call.on('error', reject);
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}
