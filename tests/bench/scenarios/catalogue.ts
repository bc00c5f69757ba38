import { besideMeasurement, startBystanders, type Bystanders } from '../bystanders';
import { importProducts } from '../catalogue-api';
import { latencyFigures, percentilesOf, perSecond, type Measurement } from '../measurement';
import { type Scenario, type ScenarioContext } from '../scenario';
import { seededProducts, skuOf } from '../seeded-products';
import { type System } from '../system';
import { pause } from '../timing';

const REQUESTS = 100;
/** Orders of each kind while products are imported. */
const ORDERS_PER_SECOND = 20;

/** Lists, searches and categories of a shop with many products, one request at a time; then an import while orders are placed. */
export const catalogue: Scenario = async (context) => {
  const { stack, options, say } = context;
  if (!stack.schema.has('products')) return [];
  const ordersTemplate = await seededProducts(stack, options.products, say);
  const system = await stack.start({ services: ['order-service'], ordersTemplate });
  try {
    const measurements: Measurement[] = [];
    for (const [name, paths] of Object.entries(READS)) {
      const measurement = await measureReads(system, name, paths);
      say(`${measurement.name}: p95 ${measurement.figures['p95']!.value.toFixed(1)} ms`);
      measurements.push(measurement);
    }
    return [...measurements, ...(await measureImport(context, system))];
  } finally {
    await system.stop();
  }
};

/** Requests that are sent in turn. `{n}` is the number of the request, counted from 0. */
const READS: Readonly<Record<string, readonly string[]>> = {
  'list, first page': ['/products'],
  'list, active': ['/products?active=true'],
  'list, by sku': [`/products?sku=${skuOf(0).slice(0, -2)}{nn}`],
  'search, one common word': ['/products?q=lamp', '/products?q=walnut', '/products?q=mirror', '/products?q=garden'],
  'search, three words': ['/products?q=walnut%20desk%20lamp', '/products?q=copper%20garden%20lantern'],
  'search, with a typo': ['/products?q=wallnut%20dsk%20lamp', '/products?q=coper%20garden%20lanten'],
  'search, one product': ['/products?q=walnut%20desk%20lamp%20000000{nn}'],
  'search, of no product': ['/products?q=submarine', '/products?q=xylophone%20quartz'],
  'search, in a category': ['/products?q=lamp&category=area-3'],
  'category, a thousandth': ['/products?category=area-3%2Fgroup-1%2Fshelf-9', '/products?category=area-7%2Fgroup-2%2Fshelf-0'],
  'category, a tenth': ['/products?category=area-3', '/products?category=area-8'],
};

async function measureReads({ apiUrl, tokens }: System, name: string, paths: readonly string[]): Promise<Measurement> {
  const took: number[] = [];
  let found = 0;
  // The first requests read their pages from disk.
  for (let count = -paths.length; count < REQUESTS; count += 1) {
    const number = count + paths.length;
    const path = paths[number % paths.length]!.replace('{nn}', String(number % 90 + 10));
    const start = performance.now();
    const response = await fetch(apiUrl + path, { headers: { Authorization: `Bearer ${tokens.shop}` } });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path} was answered with ${String(response.status)}: ${text}`);
    if (count < 0) continue;
    took.push(performance.now() - start);
    found += (JSON.parse(text) as { data: unknown[] }).data.length;
  }
  return {
    name: `products ${name}`,
    figures: latencyFigures(percentilesOf(took)),
    processes: [],
    notes: [`${String(REQUESTS)} requests, ${(found / REQUESTS).toFixed(0)} products in a page on average`],
  };
}

const CATALOGUE_PRODUCT = 'orders of products';
const FREE_ITEMS = 'orders of free items';

async function measureImport(context: ScenarioContext, system: System): Promise<Measurement[]> {
  const { tokens, apiUrl: url } = system;
  const bystanders = startBystanders({
    url,
    perSecond: ORDERS_PER_SECOND,
    kinds: {
      [CATALOGUE_PRODUCT]: { token: tokens.shop, items: [{ product_id: skuOf(0), quantity: 1 }] },
      [FREE_ITEMS]: { token: tokens.other, items: [{ product_id: 'gift', quantity: 1, unit_price: 1 }] },
    },
  });
  try {
    return await importBeside(context, system, bystanders);
  } finally {
    bystanders.stop();
  }
}

async function importBeside(
  { options, say }: ScenarioContext,
  system: System,
  bystanders: Bystanders,
): Promise<Measurement[]> {
  await pause(options.warmUpSeconds);
  await bystanders.take();
  await pause(options.seconds);
  const quiet = await bystanders.take();
  const meter = system.meter();
  meter.start();
  const start = performance.now();
  await importProducts(system, options.imported);
  const seconds = (performance.now() - start) / 1_000;
  const processes = meter.stop();
  const beside = await bystanders.take();
  say(`import of ${String(options.imported)} products: ${seconds.toFixed(1)} s`);
  return [
    {
      name: `import of ${options.imported.toLocaleString('en')} products`,
      figures: {
        throughput: perSecond(options.imported / seconds, 'products'),
        time: { value: seconds, unit: 's', better: 'lower' },
      },
      processes,
      notes: [`into ${options.products.toLocaleString('en')} products`],
    },
    ...[CATALOGUE_PRODUCT, FREE_ITEMS].map((kind) =>
      besideMeasurement(`${kind} beside an import`, beside[kind]!, { 'when it is quiet': quiet[kind]! }),
    ),
  ];
}
