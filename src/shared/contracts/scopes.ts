/** A scope of access tokens: a resource and what its holder may do with it. */
export type Scope = `${string}:${string}`;

/** The scopes that a part of the system checks. */
export interface ScopeDeclaration {
  scopes: readonly Scope[];
  /** Those of them that a shop needs; the demo shops get them. */
  ofShops: readonly Scope[];
}

/** Checked by both services. */
export const SHIPMENT_SCOPES: ScopeDeclaration = {
  scopes: ['shipment:read', 'shipment:write'],
  ofShops: ['shipment:read'],
};

/** For operators, in both services. */
export const OPERATOR_SCOPES: ScopeDeclaration = { scopes: ['ops:manage'], ofShops: [] };

/** The declarations of several parts in one. */
export function joinScopes(declarations: readonly ScopeDeclaration[]): ScopeDeclaration {
  return {
    scopes: declarations.flatMap(({ scopes }) => scopes),
    ofShops: declarations.flatMap(({ ofShops }) => ofShops),
  };
}

/** Scopes whose holders see the orders and shipments of all clients. */
export const SEE_ALL_SCOPES: readonly Scope[] = ['order:manage', 'ops:manage'];
