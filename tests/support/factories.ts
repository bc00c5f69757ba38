let count = 0;

/** A valid body of `POST /orders`, different at every call; pass only the members that matter. */
export function orderBody(overrides: Record<string, unknown> = {}) {
  count += 1;
  return {
    customer_id: `customer-${count}`,
    items: [
      { product_id: 'keyboard', quantity: 1, unit_price: 79.9 },
      { product_id: 'cable', quantity: 2, unit_price: 4.5 },
    ],
    ...overrides,
  };
}
