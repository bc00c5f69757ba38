import { Agent, request } from 'node:http';
import { newOrderRequest } from './order-requests';
import { type System } from './system';

export interface OrderClient {
  /** Places a new order. @throws Error when it is not accepted. */
  place(): Promise<void>;
  close(): void;
}

/** A client with persistent connections; its CPU time is reported separately. */
export function createOrderClient({ apiUrl, tokens }: System, connections: number): OrderClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  return {
    place: () =>
      new Promise((resolve, reject) => {
        const { method, path, headers, body } = newOrderRequest(tokens.shop);
        const call = request(`${apiUrl}${path}`, { method, headers, agent }, (response) => {
          response.resume();
          response.on('error', reject);
          response.on('end', () => {
            if (response.statusCode === 201) resolve();
            else reject(new Error(`an order was answered with ${String(response.statusCode)}`));
          });
        });
        call.on('error', reject);
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}
