-- An endpoint without types receives all types. Those that existed before the events of products and stock keep the types that they have received.
UPDATE webhook_endpoints
   SET event_types = '{order.created,order.updated,order.shipped,order.in_transit,order.out_for_delivery,order.delivered,
                       order.delivery_failed,order.returned,order.cancellation_requested,order.cancellation_refused,
                       order.cancelled,webhook.disabled,webhook.events_missed}',
       version = version + 1, updated_at = now()
 WHERE event_types = '{}';
