import { INVALID_CURSOR } from '../../../shared/contracts/problem';
import { acceptFinding, FINDING_NOT_FOUND, listFindings } from '../use-cases/findings';
import { z } from 'zod';
import { uuid } from '../../../shared/contracts/text';
import { pageParameters } from '../../../shared/contracts/lists';
import { findingList, type FindingResource } from '../../../shared/contracts/reconciliation';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type StoredFinding } from '../../orders/domain/compare-shipment';
import { type Queryable } from '../../../shared/postgres/queryable';

export const RECONCILIATION_TAG = 'reconciliation';

const COMMON = { tag: RECONCILIATION_TAG, access: 'ops:manage' } as const;

const listQuery = z.strictObject(pageParameters);

const EXAMPLE_FINDING: FindingResource = {
  order_id: '01a1fc42-fc03-72fd-b531-1111a4fbee12',
  kind: 'shipment_without_order',
  order_status: null,
  order_version: null,
  applied_shipment_version: null,
  shipment_id: '01a1fc42-fc14-7485-aa22-b5ddbaee0636',
  shipment_status: 'SHIPPED',
  shipment_version: 2,
  first_seen_at: '2026-11-21T04:02:10.790Z',
  last_seen_at: '2026-11-21T04:03:10.790Z',
  accepted_by: null,
};

/** The operations on findings, the differences that the reconciler could not repair, for holders of `ops:manage`. */
export function reconciliationOperations(db: Queryable): Operation[] {
  return [listOperation(db), acceptOperation(db)];
}

function listOperation(db: Queryable): Operation {
  return operation({
    ...COMMON,
    id: 'listFindings',
    method: 'get',
    path: '/reconciliation',
    summary: 'List orders that do not match their shipments',
    description:
      'Differences that the reconciler cannot repair, usually after a restore of a database; docs/BACKUP_AND_RESTORE.md describes what to ' +
      'do about each kind. A finding is deleted once order and shipment match.',
    query: listQuery,
    responses: {
      200: jsonResponse('a page of findings', findingList, { data: [EXAMPLE_FINDING], next_cursor: null }),
    },
    problems: [INVALID_CURSOR],
    async handle({ page, response }) {
      const { rows, nextCursor } = await listFindings(db, page);
      response.json({ data: rows.map(toResource), next_cursor: nextCursor });
    },
  });
}

function acceptOperation(db: Queryable): Operation {
  return operation({
    ...COMMON,
    id: 'acceptFinding',
    method: 'post',
    path: '/reconciliation/{order_id}/accept',
    summary: 'Accept a finding',
    description:
      'Marks a finding that was settled outside the system. It stays in the list, with the client that accepted it, and no longer counts in ' +
      '`/health` and `/metrics`. Accepting it again changes nothing.',
    params: z.object({ order_id: uuid }),
    notFound: FINDING_NOT_FOUND,
    responses: { 204: { description: 'the finding is accepted' } },
    async handle({ params, actor, response }) {
      await acceptFinding(db, params.order_id, actor);
      response.status(204).end();
    },
  });
}

function toResource(finding: StoredFinding): FindingResource {
  return {
    order_id: finding.orderId,
    kind: finding.kind,
    order_status: finding.orderStatus,
    order_version: finding.orderVersion,
    applied_shipment_version: finding.appliedShipmentVersion,
    shipment_id: finding.shipmentId,
    shipment_status: finding.shipmentStatus,
    shipment_version: finding.shipmentVersion,
    first_seen_at: finding.firstSeenAt.toISOString(),
    last_seen_at: finding.lastSeenAt.toISOString(),
    accepted_by: finding.acceptedBy,
  };
}
