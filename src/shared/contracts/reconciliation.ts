import { z } from 'zod';
import { uuid } from './text';
import { orderSnapshot, shipmentCancelRefused, shipmentStatusChanged } from './messages';
import { orderStatus, shipmentStatus } from './status-machines';
import { shipmentResource } from './shipment-resource';

/** The maximum number of orders or shipments in one list of a request. */
export const RECONCILIATION_BATCH = 100;

/**
 * The maximum number of steps of a reported shipment; one with more steps is not reported. A shipment whose texts are too long for a
 * request body becomes a finding.
 */
export const REPORTED_STEPS = 200;

const ofHistory = { version: true, occurred_at: true, type: true, payload: true } as const;

/** A step of a shipment that the Delivery Service reported earlier. */
export const reportedStep = z.discriminatedUnion('type', [
  shipmentStatusChanged.pick(ofHistory),
  shipmentCancelRefused.pick(ofHistory),
]);
export type ReportedStep = z.infer<typeof reportedStep>;

/** Everything that the Delivery Service reported about one shipment and that its database may have lost. */
export const reportedShipment = z
  .strictObject({
    order_id: uuid,
    shipment_id: uuid,
    correlation_id: z.string().min(1).max(128),
    traceparent: z.string().min(1).max(100),
    order: orderSnapshot.optional().describe('required when the shipment itself is missing'),
    steps: z.array(reportedStep).min(1).max(REPORTED_STEPS).describe('from version 1, without gaps'),
  })
  .meta({ id: 'ReportedShipment' });
export type ReportedShipment = z.infer<typeof reportedShipment>;

/** `POST /reconciliation/reported`. */
export const reportedShipments = z.strictObject({
  shipments: z.array(reportedShipment).min(1).max(RECONCILIATION_BATCH),
});

export const RESTORE_OUTCOMES = ['restored', 'unchanged', 'contradicting', 'unknown'] as const;
export type RestoreOutcome = (typeof RESTORE_OUTCOMES)[number];

export const restoredShipment = z
  .object({
    order_id: uuid,
    outcome: z
      .enum(RESTORE_OUTCOMES)
      .describe(
        'restored: the missing steps were added; unchanged: no step was missing; contradicting: the shipment has taken other steps since; ' +
          'unknown: there is no shipment, and no `order` to create it from',
      ),
    shipment: shipmentResource.nullable(),
  })
  .meta({ id: 'RestoredShipment' });
export const restoredShipments = z
  .object({ data: z.array(restoredShipment) })
  .meta({ id: 'RestoredShipmentList' });

/** `POST /reconciliation/holds`: orders whose shipments are held before the hand-over, or released. */
export const holdChange = z.strictObject({
  hold: z.array(uuid).max(RECONCILIATION_BATCH),
  release: z.array(uuid).max(RECONCILIATION_BATCH),
});
export const holdResult = z
  .object({ held: z.array(uuid), released: z.array(uuid) })
  .meta({ id: 'ShipmentHolds' });

/** A shipment as the sweep reads it. */
export const sweptShipment = shipmentResource
  .extend({ held: z.boolean().describe('true: the shipment is not handed over until its order is known') })
  .meta({ id: 'SweptShipment' });
export type SweptShipment = z.infer<typeof sweptShipment>;
export const sweptShipmentList = z
  .object({
    data: z.array(sweptShipment),
    next_cursor: uuid.nullable().describe('the last `shipment_id`; null on the last page'),
  })
  .meta({ id: 'SweptShipmentList' });

/** Findings of the reconciler that it cannot repair. */
export const FINDING_KINDS = [
  'shipment_without_order',
  'different_end',
  'different_way',
  'cannot_follow',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

export const findingResource = z
  .object({
    order_id: uuid,
    kind: z
      .enum(FINDING_KINDS)
      .describe(
        'shipment_without_order: the order does not exist in this service; different_end: order and shipment have different final statuses; ' +
          'different_way: at least one of them has no final status yet, and neither can reach the status of the other; cannot_follow: the ' +
          'order cannot apply the steps of its shipment',
      ),
    order_status: orderStatus.nullable().describe('null when the order does not exist'),
    order_version: z.int().positive().nullable(),
    applied_shipment_version: z
      .int()
      .min(0)
      .nullable()
      .describe('the version of the last shipment message that the order has applied'),
    shipment_id: uuid.nullable(),
    shipment_status: shipmentStatus.nullable(),
    shipment_version: z.int().positive().nullable(),
    first_seen_at: z.iso.datetime(),
    last_seen_at: z.iso.datetime(),
    accepted_by: z.string().nullable().describe('the operator who accepted the finding'),
  })
  .meta({ id: 'Finding' });
export type FindingResource = z.infer<typeof findingResource>;

/** `GET /reconciliation`. */
export const findingList = z
  .object({ data: z.array(findingResource), next_cursor: z.string().nullable() })
  .meta({ id: 'FindingList' });
