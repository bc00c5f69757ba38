-- Up to this version the Order Service ignored a tracking number or an expected day of a shipment without a carrier. Each such shipment
-- reports its shipping once more, as a change of the shipping does, so that its order shows the same.
WITH reported AS (
  UPDATE shipments
     SET version = version + 1, updated_at = now()
   WHERE carrier IS NULL AND (tracking_number IS NOT NULL OR estimated_delivery IS NOT NULL)
  RETURNING shipment_id, order_id, version, status, attempts, tracking_number, estimated_delivery, correlation_id, traceparent,
            updated_at)
INSERT INTO events (event_id, order_id, version, type, payload, actor, correlation_id, traceparent, occurred_at, queue)
SELECT gen_random_uuid(), order_id, version, 'SHIPMENT_STATUS_CHANGED',
       jsonb_build_object(
         'shipment_id', shipment_id, 'status', status, 'previous_status', status, 'carrier', NULL::text,
         'tracking_number', tracking_number,
         'estimated_delivery', to_char(estimated_delivery AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
         'attempts', attempts),
       'delivery-service', correlation_id, traceparent, updated_at, 'delivery-status-queue.fifo'
  FROM reported;
