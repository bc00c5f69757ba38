import { besideMeasurement, startBystanders, type Bystanders } from '../bystanders';
import { importFile, importProducts } from '../catalogue-api';
import { latencyFigures, percentilesOf, perSecond, type Measurement } from '../measurement';
import { type Scenario, type ScenarioContext } from '../scenario';
import { seededNameOf, seededProducts, skuOf } from '../seeded-products';
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

const search = (text: string): string => `/products?q=${encodeURIComponent(text)}`;

const inCategory = (category: string): string => `/products?category=${encodeURIComponent(category)}`;

const TWENTY = Array.from({ length: 20 }, (_, n) => n);

/** Requests that are sent in turn. */
const READS: Readonly<Record<string, readonly string[]>> = {
  'list, first page': ['/products'],
  'list, active': ['/products?active=true'],
  'list, by sku': TWENTY.map((n) => `/products?sku=${skuOf(n * 97)}`),
  'search, a common word': ['lamp', 'walnut', 'mirror', 'garden'].map(search),
  'search, three words': ['walnut desk lamp', 'copper garden lantern'].map(search),
  'search, with typos': ['wallnut kichen lamp', 'coper gardn lanten'].map(search),
  'search, one product': TWENTY.map((n) => search(seededNameOf(n * 997))),
  'search, of no product': ['submarine', 'xylophone quartz'].map(search),
  'search, in a category': [`${search('lamp')}&category=area-3`],
  'category, a thousandth': ['area-3/group-1/shelf-9', 'area-7/group-2/shelf-0'].map(inCategory),
  'category, a tenth': ['area-3', 'area-8'].map(inCategory),
};

async function measureReads(
  { apiUrl, tokens }: System,
  name: string,
  paths: readonly string[],
): Promise<Measurement> {
  const took: number[] = [];
  let found = 0;
  // The first requests read their pages from disk.
  for (let count = -paths.length; count < REQUESTS; count += 1) {
    const path = paths[(count + paths.length) % paths.length]!;
    const start = performance.now();
    const response = await fetch(apiUrl + path, { headers: { Authorization: `Bearer ${tokens.shop}` } });
    const text = await response.text();
    if (response.status !== 200)
      throw new Error(`${path} was answered with ${String(response.status)}: ${text}`);
    if (count < 0) continue;
    took.push(performance.now() - start);
    found += (JSON.parse(text) as { data: unknown[] }).data.length;
  }
  return {
    name: `products ${name}`,
    figures: latencyFigures(percentilesOf(took)),
    processes: [],
    notes: [`${String(REQUESTS)} requests, ${(found / REQUESTS).toFixed(1)} products in a page on average`],
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
  const file = importFile(options.imported);
  const meter = system.meter();
  meter.start();
  const start = performance.now();
  await importProducts(system, file);
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
