let count = 0;

/** The body of a valid `POST /orders`, different at every call; show only the member that matters. */
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
