import { comparedLoad } from '../compared-load';
import { measureDatabaseFloor, measureStockFloor, type StockFloor } from '../floors/database-floor';
import { FLOOR_PRODUCTS } from '../floors/stock-order-transaction';
import { runLoad, type LoadRequest, type LoadResult } from '../load';
import { perSecond, ratio, type Figure, type Measurement } from '../measurement';
import { newOrderRequest } from '../order-requests';
import { type Scenario, type ScenarioContext } from '../scenario';
import { seededOrderRequest, seededProducts } from '../seeded-products';
import { type System } from '../system';

const CONNECTIONS = [32, 256];

/** New orders in one Order Service with a running relay and without a Delivery Service: of free items, then of products in stock. */
export const create: Scenario = async (context) => [
  ...(await createFreeItems(context)),
  ...(await createFromStock(context)),
];

async function createFreeItems(context: ScenarioContext): Promise<Measurement[]> {
  const floor = await measureDatabaseFloor(context);
  const measurements: Measurement[] = [];
  for (const connections of CONNECTIONS) {
    const name = `create at ${String(connections)} connections`;
    const result = await load(context, name, connections, ({ tokens }) => newOrderRequest(tokens.shop));
    measurements.push(comparedLoad(name, 'orders', result, floor));
  }
  return measurements;
}

/** Two stock-kept products an order. Nothing for a build without a catalogue. */
async function createFromStock(context: ScenarioContext): Promise<Measurement[]> {
  const { stack, say } = context;
  if (!stack.schema.has('stock')) return [];
  const floor = await measureStockFloor(context);
  const ordersTemplate = await seededProducts(stack, FLOOR_PRODUCTS, say);
  const measurements: Measurement[] = [];
  for (const connections of CONNECTIONS) {
    const name = `create from stock at ${String(connections)}`;
    const next = ({ tokens }: System): LoadRequest => seededOrderRequest(tokens.shop, FLOOR_PRODUCTS);
    const result = await load(context, name, connections, next, ordersTemplate);
    const measurement = comparedLoad(name, 'orders', result, floor);
    measurements.push({
      ...measurement,
      figures: { ...measurement.figures, ...(floor && withEvents(result, floor)) },
      notes: [...measurement.notes, `two of ${String(FLOOR_PRODUCTS)} products an order`],
    });
  }
  return measurements;
}

const withEvents = (
  { perSecond: rate }: LoadResult,
  { withEventsPerSecond: floor }: StockFloor,
): Record<string, Figure> => ({
  'floor with the events of the stock': { ...perSecond(floor, 'orders'), better: null },
  'share of the floor with the events of the stock': ratio(rate / floor),
});

async function load(
  { stack, options: { seconds, warmUpSeconds }, say }: ScenarioContext,
  name: string,
  connections: number,
  next: (system: System) => LoadRequest,
  ordersTemplate?: string,
): Promise<LoadResult> {
  const system = await stack.start({
    services: ['order-service'],
    ...(ordersTemplate !== undefined && { ordersTemplate }),
  });
  try {
    const result = await runLoad({
      url: system.apiUrl,
      connections,
      warmUpSeconds,
      seconds,
      expectedStatus: 201,
      meter: system.meter(),
      next: () => next(system),
    });
    say(`${name}: ${result.perSecond.toFixed(0)} orders/s`);
    return result;
  } finally {
    await system.stop();
  }
}
