import {
  type ShipmentResource,
  type ShipmentStepBody,
  type ShippingChange,
} from '../../shared/contracts/shipment-resource';
import { type ReportedShipment } from '../../shared/contracts/reconciliation';
import { type ShipmentMessage } from '../../shared/contracts/messages';

/** The shipment in the examples of the API. */
export const EXAMPLE_SHIPMENT: ShipmentResource = {
  shipment_id: '01a1fc42-fc14-7485-aa22-b5ddbaee0636',
  order_id: '01a1fc42-fc03-72fd-b531-1111a4fbee12',
  status: 'SHIPPED',
  version: 2,
  attempts: 0,
  carrier: 'simulated',
  tracking_number: 'SIMB5DDBAEE0636',
  estimated_delivery: '2026-11-24T04:00:10.790Z',
  created_at: '2026-11-21T04:00:10.790Z',
  updated_at: '2026-11-21T04:00:12.800Z',
};

export const EXAMPLE_SHIPMENT_EVENT: ShipmentMessage = {
  id: '01a1fc43-03f0-7d55-9b1c-0b6bd2a6f7c1',
  type: 'SHIPMENT_STATUS_CHANGED',
  schema_version: 1,
  order_id: EXAMPLE_SHIPMENT.order_id,
  version: 2,
  occurred_at: EXAMPLE_SHIPMENT.updated_at,
  correlation_id: 'bff04cd8-ee8a-42d7-b8ec-f03b3060ad41',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  payload: {
    shipment_id: EXAMPLE_SHIPMENT.shipment_id,
    status: 'SHIPPED',
    previous_status: 'PROCESSING',
    carrier: EXAMPLE_SHIPMENT.carrier,
    tracking_number: EXAMPLE_SHIPMENT.tracking_number,
    estimated_delivery: EXAMPLE_SHIPMENT.estimated_delivery,
    attempts: 0,
  },
};

export const EXAMPLE_SHIPPING_CHANGE: ShippingChange = {
  carrier: 'simulated',
  tracking_number: 'SIMB5DDBAEE0636',
  estimated_delivery: '2026-11-24T04:00:10.790Z',
};

export const EXAMPLE_SHIPMENT_STEP: ShipmentStepBody = { status: 'SHIPPED', ...EXAMPLE_SHIPPING_CHANGE };

export const EXAMPLE_REPORTED_SHIPMENT: ReportedShipment = {
  order_id: EXAMPLE_SHIPMENT.order_id,
  shipment_id: EXAMPLE_SHIPMENT.shipment_id,
  correlation_id: EXAMPLE_SHIPMENT_EVENT.correlation_id,
  traceparent: EXAMPLE_SHIPMENT_EVENT.traceparent,
  steps: [
    {
      version: 1,
      occurred_at: EXAMPLE_SHIPMENT.created_at,
      type: 'SHIPMENT_STATUS_CHANGED',
      payload: {
        shipment_id: EXAMPLE_SHIPMENT.shipment_id,
        status: 'PROCESSING',
        previous_status: null,
        carrier: null,
        tracking_number: null,
        estimated_delivery: null,
        attempts: 0,
      },
    },
  ],
};
