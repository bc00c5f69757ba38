import { byKey, type Queryable } from '../../../shared/postgres/queryable';

/** Where and how an endpoint is sent events. */
export interface StoredTarget {
  endpointId: string;
  clientId: string;
  version: number;
  url: string;
  sealedSecret: Buffer;
  previousSealedSecret: Buffer | null;
  /** Until when requests are signed with the previous secret too. */
  previousSecretUntil: Date | null;
}

/** The targets of endpoints; deleted endpoints are left out. */
export async function findTargets(db: Queryable, endpointIds: readonly string[]): Promise<StoredTarget[]> {
  const { rows } = await db.query<TargetRow>(
    byKey(`SELECT endpoint_id, client_id, version, url, sealed_secret, previous_sealed_secret, previous_secret_until
             FROM webhook_endpoints WHERE endpoint_id = ANY ($1::uuid[])`),
    [endpointIds],
  );
  return rows.map((row) => ({
    endpointId: row.endpoint_id,
    clientId: row.client_id,
    version: row.version,
    url: row.url,
    sealedSecret: row.sealed_secret,
    previousSealedSecret: row.previous_sealed_secret,
    previousSecretUntil: row.previous_secret_until,
  }));
}

interface TargetRow {
  endpoint_id: string;
  client_id: string;
  version: number;
  url: string;
  sealed_secret: Buffer;
  previous_sealed_secret: Buffer | null;
  previous_secret_until: Date | null;
}
