/** A route that reads or changes one order or one shipment. */
export interface Route {
  name: string;
  service: 'order' | 'delivery';
  method: string;
  path: (id: string) => string;
  body?: unknown;
  scope: string;
  /** Whether the owner, a shop, is allowed; otherwise only an operator is. */
  forOwner: boolean;
  /** The statuses for an operator: the step may be illegal by then, but the resource is visible. */
  asOperator: readonly number[];
  otherMethod: string;
}

export const SHIPPING = { carrier: 'dhl', tracking_number: 'T1', estimated_delivery: '2026-12-01T00:00:00Z' };

/** Every such route of both services. */
export const ROUTES: readonly Route[] = [
  {
    name: 'GET order',
    service: 'order',
    method: 'GET',
    path: (id) => `/orders/${id}`,
    scope: 'order:read',
    forOwner: true,
    asOperator: [200],
    otherMethod: 'DELETE',
  },
  {
    name: 'GET timeline',
    service: 'order',
    method: 'GET',
    path: (id) => `/orders/${id}/timeline`,
    scope: 'order:read',
    forOwner: true,
    asOperator: [200],
    otherMethod: 'POST',
  },
  {
    name: 'GET stream of an order',
    service: 'order',
    method: 'GET',
    path: (id) => `/orders/${id}/events`,
    scope: 'order:read',
    forOwner: true,
    asOperator: [200],
    otherMethod: 'POST',
  },
  {
    name: 'GET shipment of an order',
    service: 'order',
    method: 'GET',
    path: (id) => `/orders/${id}/shipment`,
    scope: 'shipment:read',
    forOwner: true,
    asOperator: [200],
    otherMethod: 'PUT',
  },
  {
    name: 'POST cancel',
    service: 'order',
    method: 'POST',
    path: (id) => `/orders/${id}/cancel`,
    scope: 'order:cancel',
    forOwner: true,
    asOperator: [202, 409],
    otherMethod: 'GET',
  },
  {
    name: 'PUT status',
    service: 'order',
    method: 'PUT',
    path: (id) => `/orders/${id}/status`,
    body: { status: 'DELIVERED' },
    scope: 'order:manage',
    forOwner: false,
    asOperator: [200, 409],
    otherMethod: 'GET',
  },
  {
    name: 'PUT shipping',
    service: 'order',
    method: 'PUT',
    path: (id) => `/orders/${id}/shipping`,
    body: SHIPPING,
    scope: 'order:manage',
    forOwner: false,
    asOperator: [200, 409],
    otherMethod: 'PATCH',
  },
  {
    name: 'GET shipment',
    service: 'delivery',
    method: 'GET',
    path: (id) => `/shipments/${id}`,
    scope: 'shipment:read',
    forOwner: true,
    asOperator: [200],
    otherMethod: 'POST',
  },
  {
    name: 'GET shipment events',
    service: 'delivery',
    method: 'GET',
    path: (id) => `/shipments/${id}/events`,
    scope: 'shipment:read',
    forOwner: true,
    asOperator: [200],
    otherMethod: 'POST',
  },
  {
    name: 'PUT shipment status',
    service: 'delivery',
    method: 'PUT',
    path: (id) => `/shipments/${id}/status`,
    body: { status: 'DELIVERED' },
    scope: 'shipment:write',
    forOwner: false,
    asOperator: [200, 409],
    otherMethod: 'GET',
  },
  {
    name: 'PUT shipment shipping',
    service: 'delivery',
    method: 'PUT',
    path: (id) => `/shipments/${id}/shipping`,
    body: SHIPPING,
    scope: 'shipment:write',
    forOwner: false,
    asOperator: [200, 409],
    otherMethod: 'GET',
  },
];
