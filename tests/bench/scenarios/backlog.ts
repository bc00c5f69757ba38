import { NO_FLOOR } from '../compared-load';
import { untilDelivered } from '../delivered';
import { measureDatabaseFloor } from '../floors/database-floor';
import { feedTotal } from '../order-feed';
import { besideFloor, perSecond } from '../measurement';
import { type Scenario } from '../scenario';

const DRAINS_WITHIN_MS = 1_800_000;

/** Orders placed while the Delivery Service was down: from its start until the last order is delivered. */
export const backlog: Scenario = async (context) => {
  const floor = await measureDatabaseFloor(context);
  const { stack, options, say } = context;
  const { backlog: orders } = options;
  const system = await stack.start({ services: ['order-service'] });
  try {
    await feedTotal(system, orders);
    say(`${String(orders)} orders wait; starting the Delivery Service`);
    const start = performance.now();
    await system.startService('delivery-service');
    const meter = system.meter();
    meter.start();
    await untilDelivered(system, DRAINS_WITHIN_MS, (left) => say(`${String(left)} orders are not delivered`));
    const seconds = (performance.now() - start) / 1_000;
    say(`backlog: ${seconds.toFixed(1)} s`);
    return [
      {
        name: `backlog of ${orders.toLocaleString('en')} orders`,
        figures: {
          throughput: perSecond(orders / seconds, 'orders'),
          ...(floor && besideFloor(orders / seconds, floor.perSecond, 'orders')),
          drained: { value: seconds, unit: 's', better: 'lower' },
        },
        processes: meter.stop(),
        notes: [floor ? `floor: placing alone, ${floor.what}` : NO_FLOOR],
      },
    ];
  } finally {
    await system.stop();
  }
};
