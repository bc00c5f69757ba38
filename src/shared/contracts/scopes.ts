/** All scopes that a client can be granted. */
export const SCOPES = [
  'order:create',
  'order:read',
  'order:cancel',
  'order:manage',
  'shipment:read',
  'shipment:write',
  'webhook:manage',
  'client:manage',
  'ops:manage',
] as const;

export type Scope = (typeof SCOPES)[number];

/** Scopes whose holders see the orders and shipments of all clients. */
export const SEE_ALL_SCOPES: readonly Scope[] = ['order:manage', 'ops:manage'];
