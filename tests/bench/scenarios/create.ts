import { comparedLoad } from '../compared-load';
import { measureDatabaseFloor } from '../floors/database-floor';
import { runLoad } from '../load';
import { newOrderRequest } from '../order-requests';
import { type Scenario } from '../scenario';

const CONNECTIONS = [32, 256];

/** New orders in one Order Service with a running relay and without a Delivery Service. */
export const create: Scenario = async (context) => {
  const floor = await measureDatabaseFloor(context);
  const { stack, options, say } = context;
  const { seconds, warmUpSeconds } = options;
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
      measurements.push(comparedLoad(name, 'orders', result, floor));
    } finally {
      await system.stop();
    }
  }
  return measurements;
};
