import { type AnswersByKind } from '../bystander-sender';
import { besideMeasurement, startBystanders, type Bystanders } from '../bystanders';
import { createProduct } from '../catalogue-api';
import { runLoad } from '../load';
import { latencyFigures, perSecond, type Figure, type Measurement } from '../measurement';
import { orderRequest } from '../order-requests';
import { type ProcessUsage } from '../process-usage';
import { runSale } from '../sale/run-sale';
import { type SaleFigures } from '../sale/sale-book';
import { requireSold } from '../sale/stock-left';
import { type Scenario, type ScenarioContext } from '../scenario';
import { type System } from '../system';
import { pause } from '../timing';

const CONNECTIONS = 256;
/** Orders of each kind of bystander. */
const BYSTANDERS_PER_SECOND = 25;
/** Without another load they are measured for longer, so that there are as many of them as during a sale. */
const QUIET_FACTOR = 2;
const PLENTY = 1_000_000_000;

const ANOTHER_PRODUCT = 'another product';
const FREE_ITEMS = 'free items';

/**
 * All buyers want one unit of the same product at once, of which there are fewer than buyers; first the same of a product that is not
 * stock-kept. Others order another product and free items meanwhile.
 */
export const flashSale: Scenario = async (context) => {
  const { stack, options } = context;
  if (!stack.schema.has('stock')) return [];
  const system = await stack.start({ services: ['order-service'] });
  try {
    const sale = await createProducts(system, options.units);
    const bystanders = startBystanders({
      url: system.apiUrl,
      perSecond: BYSTANDERS_PER_SECOND,
      kinds: {
        [ANOTHER_PRODUCT]: { token: system.tokens.shop, items: [{ product_id: 'other', quantity: 1 }] },
        [FREE_ITEMS]: {
          token: system.tokens.shop,
          items: [{ product_id: 'gift', quantity: 1, unit_price: 1 }],
        },
      },
    });
    try {
      return await measure(context, system, bystanders, sale);
    } finally {
      bystanders.stop();
    }
  } finally {
    await system.stop();
  }
};

/** Returns the id of the product of the sale. */
async function createProducts(system: System, units: number): Promise<string> {
  await createProduct(system, { sku: 'unlimited', name: 'Unlimited lamp', onHand: null });
  await createProduct(system, { sku: 'warm-up', name: 'Other sale', onHand: PLENTY });
  await createProduct(system, { sku: 'other', name: 'Another lamp', onHand: PLENTY });
  return createProduct(system, { sku: 'sale', name: 'Sale lamp', onHand: units });
}

async function measure(
  context: ScenarioContext,
  system: System,
  bystanders: Bystanders,
  productId: string,
): Promise<Measurement[]> {
  const { options, say } = context;
  await warmUp(context, system);
  await bystanders.take();
  await pause(options.seconds * QUIET_FACTOR);
  const quiet = await bystanders.take();
  const unlimited = await measureSale(context, system, 'unlimited');
  const besideUnlimited = await bystanders.take();
  const sale = await measureSale(context, system, 'sale');
  const besideSale = await bystanders.take();
  const expected = Math.min(options.units, options.buyers);
  await requireSold(system, productId, expected, sale.figures.sold);
  say(
    `flash-sale: ${sale.figures.perSecond.toFixed(0)} orders/s until sold out, ${unlimited.figures.perSecond.toFixed(0)} of unlimited stock; ` +
      `p99 ${sale.figures.latency.p99.toFixed(0)} and ${unlimited.figures.latency.p99.toFixed(0)} ms`,
  );
  return [
    saleMeasurement('create of unlimited stock', unlimited, []),
    withRatios(
      saleMeasurement('flash-sale', sale, [
        `${String(options.units)} units, ${String(options.buyers)} buyers, ${String(CONNECTIONS)} connections`,
        `exactly ${String(expected)} sold: answers, order lines, stock and ledger agree`,
      ]),
      sale.figures,
      unlimited.figures,
    ),
    ...[ANOTHER_PRODUCT, FREE_ITEMS].map((kind) =>
      besideMeasurement(`${kind} beside it`, of(besideSale, kind), {
        'when it is quiet': of(quiet, kind),
        'beside unlimited stock': of(besideUnlimited, kind),
      }),
    ),
  ];
}

const of = (answers: AnswersByKind, kind: string) => answers[kind]!;

/** Both kinds of orders, so that their code is compiled. */
async function warmUp({ options }: ScenarioContext, { apiUrl, tokens, meter }: System): Promise<void> {
  let sent = 0;
  await runLoad({
    url: apiUrl,
    connections: CONNECTIONS,
    warmUpSeconds: 0,
    seconds: options.warmUpSeconds,
    expectedStatus: 201,
    meter: meter(),
    next: () =>
      orderRequest(tokens.shop, [{ product_id: sent++ % 2 === 0 ? 'unlimited' : 'warm-up', quantity: 1 }]),
  });
}

interface Sale {
  figures: SaleFigures;
  processes: ProcessUsage[];
}

async function measureSale({ options }: ScenarioContext, system: System, sku: string): Promise<Sale> {
  const meter = system.meter();
  meter.start();
  const book = await runSale(system, { sku, buyers: options.buyers, connections: CONNECTIONS });
  return { figures: book.figures(Math.min(options.units, options.buyers)), processes: meter.stop() };
}

function saleMeasurement(name: string, { figures, processes }: Sale, notes: readonly string[]): Measurement {
  const { sold, soldOut, latency, soldOutLatency, kinds } = figures;
  const errors = Object.entries(kinds);
  return {
    name,
    figures: {
      throughput: perSecond(figures.perSecond, 'orders'),
      ...latencyFigures(latency),
      sold: { value: sold, unit: '', better: null },
      ...(soldOut > 0 && {
        'told that it is sold out': { value: soldOut, unit: '', better: null },
        ...latencyFigures(soldOutLatency, 'sold out '),
      }),
      errors: { value: errors.reduce((sum, [, count]) => sum + count, 0), unit: '', better: 'lower' },
    },
    processes,
    notes: [...notes, ...errors.map(([kind, count]) => `errors: ${kind} ×${String(count)}`)],
  };
}

function withRatios(measurement: Measurement, sale: SaleFigures, unlimited: SaleFigures): Measurement {
  const share = (value: number, better: Figure['better']): Figure => ({ value, unit: '', better });
  return {
    ...measurement,
    figures: {
      ...measurement.figures,
      'throughput to that of unlimited stock': share(sale.perSecond / unlimited.perSecond, 'higher'),
      'p99 to that of unlimited stock': share(sale.latency.p99 / unlimited.latency.p99, 'lower'),
    },
  };
}
