import { type StoryFolder, type StoryStep } from './story-step';

const ORDER = 'order-service';

const PRODUCT = { product: '{{product_id}}' };
const BY_SKU = { product: 'sku:lamp-{{run}}' };
const OWN = { owner: '{{client_id}}' };

/** A product from its creation to its deletion. */
export const PRODUCT_STEPS: StoryFolder = {
  name: '8 Products',
  description:
    'Creates a product, finds it, changes its price, imports and exports products, and deletes them.',
  steps: [
    {
      name: 'Create a product',
      service: ORDER,
      operation: 'createProduct',
      headers: { 'Idempotency-Key': '{{$guid}}' },
      body: { sku: 'lamp-{{run}}', name: 'Desk lamp', category: 'home/lighting', price: 79.9 },
      status: [201],
      keep: { product_id: 'product_id' },
    },
    {
      name: 'Read it by its sku',
      service: ORDER,
      operation: 'getProduct',
      params: BY_SKU,
      status: [200],
      tests: [
        "pm.test('is the product', () => pm.expect(body.product_id).to.equal(pm.collectionVariables.get('product_id')));",
        "pm.test('may be kept', () => pm.expect(pm.response.headers.get('Cache-Control')).to.equal('private, no-cache'));",
      ],
    },
    {
      name: 'Change its price',
      service: ORDER,
      operation: 'changeProduct',
      params: PRODUCT,
      headers: { 'If-Match': '"1"' },
      body: { price: 69.9 },
      status: [200],
      tests: ["pm.test('counts the change', () => pm.expect(body.version).to.equal(2));"],
    },
    {
      name: 'Read its prices',
      service: ORDER,
      operation: 'listPrices',
      params: PRODUCT,
      status: [200],
      tests: [
        "pm.test('are both prices', () => pm.expect(body.data.map((one) => one.price)).to.deep.equal([69.9, 79.9]));",
      ],
    },
    {
      name: 'Order it at its price',
      service: ORDER,
      operation: 'placeOrder',
      headers: { 'Idempotency-Key': '{{$guid}}' },
      body: { customer_id: 'kim-{{run}}', items: [{ product_id: 'lamp-{{run}}', quantity: 2 }] },
      status: [201],
      tests: [
        "pm.test('has the name and the price', () => pm.expect(body.items[0]).to.include({ name: 'Desk lamp', unit_price: 69.9 }));",
      ],
    },
    {
      name: 'Find it in spite of a typing error',
      service: ORDER,
      operation: 'listProducts',
      query: { ...OWN, q: 'lapm', sku: 'lamp-{{run}}' },
      status: [200],
      tests: ["pm.test('is found', () => pm.expect(body.data).to.have.length(1));"],
    },
    {
      name: 'Import two products',
      service: ORDER,
      operation: 'importProducts',
      headers: { 'Content-Type': 'application/x-ndjson' },
      body: [
        { sku: 'shade-{{run}}', name: 'Lamp shade', category: 'home/lighting', price: 12.5 },
        { sku: 'bulb-{{run}}', name: 'Bulb', category: 'home/lighting', price: 3.2 },
      ],
      status: [200],
      tests: ["pm.test('are both new', () => pm.expect(body.created).to.equal(2));"],
    },
    {
      name: 'List the categories',
      service: ORDER,
      operation: 'listCategories',
      query: { ...OWN, parent: 'home' },
      status: [200],
      tests: ["pm.test('count the products', () => pm.expect(body.data[0].products).to.be.at.least(3));"],
    },
    {
      name: 'Export a category as CSV',
      service: ORDER,
      operation: 'exportProducts',
      query: { ...OWN, category: 'home/lighting', format: 'csv' },
      status: [200],
      tests: [
        "pm.test('has the product', () => pm.expect(pm.response.text()).to.include(pm.collectionVariables.get('product_id')));",
      ],
    },
    ...['lamp', 'shade', 'bulb'].map(deletion),
  ],
};

function deletion(sku: string): StoryStep {
  return {
    name: `Delete the ${sku}`,
    service: ORDER,
    operation: 'removeProduct',
    params: { product: `sku:${sku}-{{run}}` },
    status: [204],
  };
}
