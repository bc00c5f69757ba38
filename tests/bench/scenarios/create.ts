import { comparedLoad } from '../compared-load';
import { measureDatabaseFloor } from '../floors/database-floor';
import { runLoad } from '../load';
import { newOrderRequest } from '../order-requests';
import { type Scenario } from '../scenario';

const CONNECTIONS = [32, 256];

/** New orders into one Order Service whose relay runs; the Delivery Service does not. */
export const create: Scenario = async ({ stack, options: { seconds, warmUpSeconds }, say }) => {
  const floor = await measureDatabaseFloor(stack, seconds);
  say(`the database alone: ${floor.perSecond.toFixed(0)} orders/s, by ${floor.by}`);
  const what = `${floor.by}, 32 clients, the same rows one order a transaction, p50 ${floor.latency.p50.toFixed(1)} ms, p99 ${floor.latency.p99.toFixed(1)} ms`;
  const measurements = [];
  for (const connections of CONNECTIONS) {
    const system = await stack.start({ services: ['order-service'] });
    try {
      const result = await runLoad({
        url: system.apiUrl,
        connections,
        warmUpSeconds,
        seconds,
        expectedStatus: 201,
        meter: system.meter(),
        next: () => newOrderRequest(system.tokens.shop),
      });
      const name = `create at ${String(connections)} connections`;
      say(`${name}: ${result.perSecond.toFixed(0)} orders/s`);
      measurements.push(comparedLoad(name, 'orders', result, { ...floor, what }));
    } finally {
      await system.stop();
    }
  }
  return measurements;
};
