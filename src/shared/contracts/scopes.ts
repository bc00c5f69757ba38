/** Every scope a client can be granted. */
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

/** Holders of one of these see every client's orders and shipments. */
export const SEE_ALL_SCOPES: readonly Scope[] = ['order:manage', 'ops:manage'];
