import { z } from 'zod';
import { callerOf } from '../../../shared/auth/require-scope';
import { uuid } from '../../../shared/contracts/ids';
import { integerParameter } from '../../../shared/contracts/integers';
import { findingList, type FindingResource } from '../../../shared/contracts/reconciliation';
import { jsonAnswer, operation, type Operation } from '../../../shared/http/operation';
import { type KeptFinding } from '../../orders/domain/finding';
import { acceptFinding, listFindings, type FindingDependencies } from '../use-cases/list-findings';

export const RECONCILIATION_TAG = 'reconciliation';

const COMMON = { tag: RECONCILIATION_TAG, access: 'ops:manage' } as const;

/** What the reconciler found and could not repair, for holders of `ops:manage`. */
export function reconciliationOperations(deps: FindingDependencies): Operation[] {
  return [listOperation(deps), acceptOperation(deps)];
}

const listQuery = z.strictObject({
  limit: integerParameter(1, 100, 20),
  cursor: z.string().optional(),
});

function listOperation(deps: FindingDependencies): Operation {
  return operation({
    ...COMMON,
    id: 'listFindings',
    method: 'get',
    path: '/reconciliation',
    summary: 'List orders that do not fit their shipments',
    description:
      'What no repair brings together, usually after a database was restored; docs/BACKUP_AND_RESTORE.md tells what to do about each ' +
      'kind. A finding disappears once order and shipment agree.',
    query: listQuery,
    answers: {
      200: jsonAnswer('a page of findings', findingList, { data: [EXAMPLE_FINDING], next_cursor: null }),
    },
    problems: ['invalid_cursor'],
    async handle({ query, response }) {
      const { findings, nextCursor } = await listFindings(deps, query);
      response.json({ data: findings.map(toResource), next_cursor: nextCursor });
    },
  });
}

function acceptOperation({ db }: FindingDependencies): Operation {
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
    answers: { 204: { description: 'it is accepted' } },
    problems: ['finding_not_found'],
    async handle({ params, request, response }) {
      await acceptFinding(db, params.order_id, callerOf(request).clientId);
      response.status(204).end();
    },
  });
}

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

function toResource(finding: KeptFinding): FindingResource {
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
