/** The API of the order-service, generated from docs/openapi/order-service.json by `npm run contract`. */

export interface paths {
  '/auth/token': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Request an access token
     * @description Client credentials (RFC 6749 §4.4) as HTTP Basic or in the body, which is a form or, as an extension, JSON. After ten wrong secrets within a minute, further attempts of the same address for that client are refused.
     */
    post: operations['createToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/auth/introspect': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Introspect a token
     * @description RFC 7662. The caller authenticates with client credentials or with a bearer token. A client can introspect its own tokens, a holder of client:manage or ops:manage all tokens; any other token is reported as not active. Requests count against the quota of the address, except those with a valid bearer token, which the services of the system use.
     */
    post: operations['introspectToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/auth/revoke': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Revoke a token
     * @description RFC 7009. The token is refused everywhere within five seconds. A token that has expired, or that belongs to another client, is not changed; the response is the same.
     */
    post: operations['revokeToken'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/.well-known/jwks.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the public keys
     * @description The JSON Web Key Set (RFC 7517) that verifies access tokens. A key is published before it signs tokens, and each is for one algorithm only, `alg`.
     */
    get: operations['getKeySet'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/.well-known/oauth-authorization-server': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the authorization server metadata
     * @description The authorization server metadata of RFC 8414.
     */
    get: operations['getAuthorizationServerMetadata'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/clients': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List clients
     * @description In the order of their ids.
     */
    get: operations['listClients'];
    put?: never;
    /**
     * Register a client
     * @description Only this response contains the secret. For 24 hours, a repeated request with the same Idempotency-Key registers nothing and gets this response without the secret. An id is never used twice. The caller must have every scope that it grants.
     */
    post: operations['registerClient'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/clients/{client_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a client
     * @description The response does not contain the secret, which cannot be read again.
     */
    get: operations['getClient'];
    put?: never;
    post?: never;
    /**
     * Remove a client
     * @description Its tokens become invalid within five seconds. Its orders are kept, and its id is never used again. The caller must have all scopes of the client; without them it can still disable the client.
     */
    delete: operations['removeClient'];
    options?: never;
    head?: never;
    /**
     * Change a client
     * @description Absent members keep their values. The change applies to issued tokens within five seconds. To add scopes, the caller must have them; to enable a disabled client, the caller must have all of its scopes.
     */
    patch: operations['changeClient'];
    trace?: never;
  };
  '/clients/{client_id}/rotate-secret': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Rotate the secret of a client
     * @description Both secrets are valid during the grace period, so that every instance of the client can be given the new one. The caller must have all scopes of the client, because the secret gives access to them. Only this response contains the secret. For 24 hours, a repeated request with the same Idempotency-Key changes nothing and gets this response without the secret; another rotation ends the validity of the secret before the last.
     */
    post: operations['rotateSecret'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/products': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List products
     * @description Newest first, by keyset pagination: follow `next_cursor` until it is null. Products that are created meanwhile cause no product to be repeated or skipped. When several filters together match few of many products, a page can have fewer products than `limit`, even none, although further pages follow. Operators see the products of all clients, and name one with `owner` to use the other filters.
     */
    get: operations['listProducts'];
    put?: never;
    /**
     * Create a product
     * @description Its `sku` is the code by which the order lines of the client name it. If the response was lost, repeat the request with the same Idempotency-Key; without a key a repeat is refused, because its sku is taken.
     */
    post: operations['createProduct'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/products/{product}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a product
     * @description By its id, or by the sku of one of the own products: `/products/sku:lamp`, with a percent-encoded sku. A product of another client is answered with 404, like one that is deleted or does not exist.
     */
    get: operations['getProduct'];
    put?: never;
    post?: never;
    /**
     * Delete a product
     * @description It is not found any more, its units leave the stock, and its sku is free for another product. Orders that contain it stay as they are. Refused while orders or reservations hold units of it. To take a product out of sale for a time, set `active` to false, with `CATALOGUE=strict`.
     */
    delete: operations['removeProduct'];
    options?: never;
    head?: never;
    /**
     * Change a product
     * @description Absent members keep their values, and null removes a value; `attributes` is replaced as a whole. Another currency needs a price. Orders keep the price of their moment; `GET /products/{product}/prices` has the earlier prices.
     */
    patch: operations['changeProduct'];
    trace?: never;
  };
  '/products/{product}/prices': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the prices of a product
     * @description The present price and all earlier ones, newest first.
     */
    get: operations['listPrices'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/products/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Export products
     * @description All products that match the filters, newest first, as a stream: one JSON object per line, or CSV. Both can be imported again. In CSV the attributes are JSON in one column, and every line of a text that begins like a formula, or with an apostrophe, is prefixed with an apostrophe, which the import removes. After an error the connection is closed before the end of the response, so that a truncated file is not mistaken for a complete one.
     */
    get: operations['exportProducts'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/products/import': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Import products
     * @description Up to 100 000 products as CSV or NDJSON, at most 64 MB, also compressed (`Content-Encoding: gzip`). Each line is a complete product: one with a new `sku` is created, one with a known `sku` gets the content of its line, and members that the line lacks get their defaults. Products that are not in the file stay. The whole file is validated first and then written at once, or refused with its errors by line; nothing is ever half done. When the caller disconnects, nothing is imported. A repeated import changes nothing.
     */
    post: operations['importProducts'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/categories': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the categories
     * @description The categories of the products as a tree, with the number of products in each and below it. Categories without products are not listed. Operators name the client with `owner`.
     */
    get: operations['listCategories'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/products/{product}/stock': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the stock of a product
     * @description A product of another client is answered with 404, and so is one that is not stock-kept. Units that orders and reservations hold are reserved; the others are available.
     */
    get: operations['getStock'];
    /**
     * Set or adjust the stock of a product
     * @description `on_hand` sets the number of units, for example after counting them; the first time it makes the product stock-kept. `adjust` adds units, or takes them away, whatever their number is meanwhile. Fewer units than are reserved, beyond `backorder_limit`, are refused. Settings that are absent stay as they are. Orders change the version too: with `If-Match`, a request can fail again and again while a product sells. With `If-None-Match: *`, only the stock of a product that is not stock-kept yet is set.
     */
    put: operations['changeStock'];
    post?: never;
    /**
     * End the stock keeping of a product
     * @description Any quantity of the product can be ordered then. Refused while units are reserved. The ledger stays; its last entry, `removed`, takes the units on hand out.
     */
    delete: operations['removeStock'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/stock': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List stock
     * @description The stock of the products of the calling client that are stock-kept, in the order of their creation; operators see all. Products that are not in the list can be ordered in any quantity.
     */
    get: operations['listStock'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/products/{product}/stock/ledger': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the changes of the stock of a product
     * @description Every change of `on_hand` and `reserved` with its cause, newest first. The counters are the sum of all entries. The ledger stays when stock keeping ends.
     */
    get: operations['listStockLedger'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/reservations': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List reservations
     * @description Those of the calling client, newest first; operators see all. Ended ones are kept for 30 days.
     */
    get: operations['listReservations'];
    put?: never;
    /**
     * Reserve products for a limited time
     * @description For a cart. Either all items are reserved or none; items with the same product count together. `POST /orders` with `reservation_id` turns the reservation into an order. Of a product that is not stock-kept, nothing is held.
     */
    post: operations['createReservation'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/reservations/{reservation_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a reservation
     * @description A reservation of another client is answered with 404.
     */
    get: operations['getReservation'];
    put?: never;
    post?: never;
    /**
     * Release a reservation
     * @description Its items are available again. One that has expired or was released already stays as it is; one that became an order is refused.
     */
    delete: operations['releaseReservation'];
    options?: never;
    head?: never;
    /**
     * Extend a reservation
     * @description It expires so many seconds from now, but never earlier than before. Its items cannot be changed: create another reservation.
     */
    patch: operations['extendReservation'];
    trace?: never;
  };
  '/orders': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List orders
     * @description Keyset pagination: follow `next_cursor`, or the `Link` header, until it is null. Orders that are placed meanwhile cause no order to be repeated or skipped. The response contains no total count. A list that covers too many orders for the time limit is refused; the error names the filter to add.
     */
    get: operations['listOrders'];
    put?: never;
    /**
     * Place an order
     * @description After a 2xx response the order reaches a final status exactly once. If the response was lost, repeat the request with the same Idempotency-Key. Without that header a repeat is recognised by the complete content: within a minute, unless the order was cancelled meanwhile, or, with a `client_timestamp`, within 24 hours.
     *
     *     An item whose `product_id` is the `sku` of a product in the catalogue gets the name of that product and, without `unit_price`, its price. Other items are free items and need a `unit_price`, unless the service runs with CATALOGUE=strict: then every item must be a product that is on sale, at its price. If products of the order are stock-kept, the order reserves their stock: all of its items, or the answer is 409 `out_of_stock` and nothing is stored.
     */
    post: operations['placeOrder'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/{order_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read an order
     * @description An order of another client is answered with 404, like one that does not exist.
     */
    get: operations['getOrder'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/{order_id}/timeline': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the timeline of an order
     * @description All events of the order, oldest first, each with its actor, its time and the time of its publication. If EVENT_RETENTION_DAYS is set, events of orders that ended long ago are removed: a timeline that does not begin with ORDER_CREATED is incomplete.
     */
    get: operations['getTimeline'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/{order_id}/cancel': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Request the cancellation of an order
     * @description The request is recorded and sent to the Delivery Service, which owns the parcel: `cancellation` becomes `confirmed`, or `refused` when the parcel has been handed over. A repeated request changes nothing.
     */
    post: operations['cancelOrder'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/export': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Export orders
     * @description All orders that match the filters, oldest first, as a stream: one JSON object per line, or CSV. In CSV the items are JSON in one column, and every line of a text that begins like a formula, or with an apostrophe, is prefixed with an apostrophe. After an error the connection is closed before the end of the response, so that a truncated file is not mistaken for a complete one.
     */
    get: operations['exportOrders'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/bulk': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Place up to 1000 orders
     * @description One order per line (NDJSON, at most 5 MB, 100 kB per line). Each line is processed separately: a refused line does not affect the others. A line is idempotent by its member `idempotency_key`, else by the Idempotency-Key of the request and the line number, else by its content, like a single order. Equal lines of one request are different orders; the k-th of them is a repeat of the k-th in an earlier request. Lines reserve stock in their order. The response is a stream with one result per line, in order. Empty lines are skipped. Each line counts against the quota; when the quota does not cover all lines, the request is refused with 429 and nothing is executed. When the caller disconnects, no further lines are executed: repeat the request with the same keys.
     */
    post: operations['placeOrders'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the event feed
     * @description The events of the orders that the caller sees, and with `types` or `product_id` also those of products and stock: each once, those of an order, of a product or of its stock in the order of their versions. Send `next_cursor` as `after` of the next request; it is never null. With `wait` the answer comes as soon as there is an event. A request with filters reads a limited part of the feed: `data` can be empty although `has_more` is true. When events behind the cursor are missing, the answer is 410 with the earliest cursor.
     */
    get: operations['listEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/{order_id}/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Change the status of an order
     * @description A status that the status table does not allow is refused with the allowed ones. The change is sent to the Delivery Service, which owns the parcel. When it accepts the change, the response is the order after the change, and the event logs of both services name the operator. 503: the Delivery Service does not respond, or has not accepted the order yet; try again after `Retry-After`. 502: its response cannot be used. If only its response was lost, the order is updated later: read the order before you repeat the request.
     */
    put: operations['changeOrderStatus'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/{order_id}/shipping': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Change the shipping data of an order
     * @description Changes the carrier, the tracking number and the expected day until the order has ended. A repeated request changes nothing. The change is sent to the Delivery Service, which owns the parcel. When it accepts the change, the response is the order after the change, and the event logs of both services name the operator. 503: the Delivery Service does not respond, or has not accepted the order yet; try again after `Retry-After`. 502: its response cannot be used. If only its response was lost, the order is updated later: read the order before you repeat the request.
     */
    put: operations['changeOrderShipping'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/{order_id}/shipment': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read an order's shipment
     * @description Read from the Delivery Service. While it does not respond, the last reported state is returned, with `stale: true` and `as_of`. If nothing was reported yet, the response is 503, or 502 when the response of the Delivery Service cannot be used. `shipment_not_found`: the Delivery Service has not accepted the order yet.
     */
    get: operations['getOrderShipment'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/reconciliation': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List orders that do not match their shipments
     * @description Differences that the reconciler cannot repair, usually after a restore of a database; docs/BACKUP_AND_RESTORE.md describes what to do about each kind. A finding is deleted once order and shipment match.
     */
    get: operations['listFindings'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/reconciliation/{order_id}/accept': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Accept a finding
     * @description Marks a finding that was settled outside the system. It stays in the list, with the client that accepted it, and no longer counts in `/health` and `/metrics`. Accepting it again changes nothing.
     */
    post: operations['acceptFinding'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List webhook endpoints
     * @description Those of the calling client, oldest first; operators see all.
     */
    get: operations['listWebhooks'];
    put?: never;
    /**
     * Create a webhook endpoint
     * @description It gets the events of the orders of the calling client from now on. Only this response contains the secret with which the requests are signed. For 24 hours, a repeated request with the same Idempotency-Key creates nothing and gets this response without the secret. Several endpoints may have the same URL.
     */
    post: operations['createWebhook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{endpoint_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a webhook endpoint
     * @description The response does not contain the secret, which cannot be read again. An endpoint of another client is answered with 404.
     */
    get: operations['getWebhook'];
    put?: never;
    post?: never;
    /**
     * Remove a webhook endpoint
     * @description Its waiting deliveries are not sent any more.
     */
    delete: operations['removeWebhook'];
    options?: never;
    head?: never;
    /**
     * Change a webhook endpoint
     * @description Absent members keep their values; `metadata` is replaced as a whole. An endpoint that is enabled again gets the events from now on, and those of the time before it was disabled that it has not got.
     */
    patch: operations['changeWebhook'];
    trace?: never;
  };
  '/webhooks/{endpoint_id}/rotate-secret': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Rotate the secret of a webhook endpoint
     * @description Requests have the signatures of both secrets during the grace period, so that every instance of the receiver can be given the new one. Only this response contains the secret. For 24 hours, a repeated request with the same Idempotency-Key changes nothing and gets this response without the secret; another rotation ends the validity of the secret before the last.
     */
    post: operations['rotateWebhookSecret'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{endpoint_id}/test': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Test a webhook endpoint
     * @description Sends an event of the type `webhook.test`, also to a disabled endpoint, and waits up to 15 s for its response. The event is neither recorded nor repeated, and a failure does not count.
     */
    post: operations['testWebhook'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{endpoint_id}/deliveries': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the deliveries of an endpoint
     * @description The newest events first, with the last attempt of each. A delivery is pending until it has succeeded, or its last attempt has failed. Ended deliveries are kept for WEBHOOK_RETENTION_DAYS, and up to WEBHOOK_KEPT_ATTEMPTS attempts of an endpoint.
     */
    get: operations['listWebhookDeliveries'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{endpoint_id}/deliveries/{event_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a delivery
     * @description With its attempts, and the beginning of each response.
     */
    get: operations['getWebhookDelivery'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{endpoint_id}/deliveries/{event_id}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Repeat a delivery
     * @description Sends the event again under the same id, whether the delivery is pending, has failed or has succeeded. Later events of its subject that wait follow it. A delivery that has ended begins the schedule of attempts anew.
     */
    post: operations['retryWebhookDelivery'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{endpoint_id}/replay': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send the events of a time range again
     * @description For events that the endpoint lost, or that occurred while it was disabled. They are sent under their ids, those of an order, of a product or of its stock one after the other; the receiver gets earlier versions again. The range is at most 30 days long. One replay of an endpoint runs at a time. Only events of the types that the endpoint receives are sent.
     */
    post: operations['replayWebhookEvents'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/webhooks/{endpoint_id}/replays/{replay_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a replay
     * @description Whether all events are in the queue. The list of deliveries shows whether they have arrived.
     */
    get: operations['getWebhookReplay'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/notifications/settings': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the notification settings
     * @description Those of the calling client. A client that has changed nothing gets no notifications.
     */
    get: operations['getNotificationSettings'];
    /**
     * Replace the notification settings
     * @description Those of the calling client. They hold for events from now on. When `low_stock` is enabled, each recipient gets one mail each time that the available stock of a product falls to its `low_stock_threshold` or below it.
     */
    put: operations['changeNotificationSettings'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/notifications': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List notifications
     * @description Those of the calling client, newest first, one for each event and recipient; operators see all. They are kept for NOTIFICATION_RETENTION_DAYS.
     */
    get: operations['listNotifications'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/notifications/{notification_id}/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Retry a notification
     * @description Sends a notification that has failed, or was not sent, at once and under the same Message-ID; its schedule of attempts begins anew.
     */
    post: operations['retryNotification'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/{order_id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Stream the events of an order
     * @description Server-sent events. Without a cursor the stream begins with the present state of the order. Behind the event of a final status it ends with `order_ended`; a reader that connects again behind that event gets 204, at which an EventSource stops. Each event has the cursor of the feed as its id, and the JSON of `GET /events` as its data. A reader that connects again with the last id, in the header `Last-Event-ID` or as `after`, gets every event behind it, once. A comment is sent every 15 s. The last event of a stream that the server ends gives the reason as its name: `token_expired`, `token_revoked`, `server_stopping`, `events_pruned`, `history_changed`, `internal_error`.
     */
    get: operations['streamOrderEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/orders/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Stream the events of all orders
     * @description Server-sent events of the orders of the calling client; operators receive those of all clients. Without a cursor the stream begins with the next event. Each event has the cursor of the feed as its id, and the JSON of `GET /events` as its data. A reader that connects again with the last id, in the header `Last-Event-ID` or as `after`, gets every event behind it, once. A comment is sent every 15 s. The last event of a stream that the server ends gives the reason as its name: `token_expired`, `token_revoked`, `server_stopping`, `events_pruned`, `history_changed`, `internal_error`.
     */
    get: operations['streamEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/products/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Stream the events of all products and their stock
     * @description Server-sent events of the products of the calling client and of their stock; operators receive those of all clients. Without a cursor the stream begins with the next event. Each event has the cursor of the feed as its id, and the JSON of `GET /events` as its data. A reader that connects again with the last id, in the header `Last-Event-ID` or as `after`, gets every event behind it, once. A comment is sent every 15 s. The last event of a stream that the server ends gives the reason as its name: `token_expired`, `token_revoked`, `server_stopping`, `events_pruned`, `history_changed`, `internal_error`.
     */
    get: operations['streamProductEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/ws': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Open a WebSocket for events
     * @description Events of several orders, products and filters over one connection; `/asyncapi.json` describes the messages. Browsers, which cannot send an Authorization header, offer the subprotocols `orders.v1` and `bearer.` followed by the access token; the origin of their page must be in CORS_ORIGINS. A query string is refused: access tokens do not belong in URLs.
     */
    get: operations['openWebSocket'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/queues': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the queues
     * @description The message counts of both queues between the services, and the ages of the oldest waiting entries.
     */
    get: operations['listQueues'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/queues/{name}/dead-letters': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List dead letters
     * @description Oldest first, each with the reason of its failure. No message is removed. A FIFO queue delivers further messages of an order only after the earlier ones are removed: of an order with many dead letters, only the first ones can be reached at a time.
     */
    get: operations['peekDeadLetters'];
    put?: never;
    post?: never;
    /**
     * Delete dead letters
     * @description Permanently deletes the dead letters named by `message_id`, or all with `all=true`. The log records each message and the actor. A FIFO queue delivers further messages of an order only after the earlier ones are removed: of an order with many dead letters, only the first ones can be reached at a time.
     */
    delete: operations['dropDeadLetters'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/queues/{name}/redrive': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Redrive dead letters
     * @description Sends dead letters to the queue that they come from, those of one order in sequence. Each is removed only after that queue has accepted it, so a request whose response was lost can be repeated. The log records each message and the actor. A FIFO queue delivers further messages of an order only after the earlier ones are removed: of an order with many dead letters, only the first ones can be reached at a time.
     */
    post: operations['redriveDeadLetters'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/outbox/refused': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List events that a queue refuses
     * @description Oldest first, each with the reason. The event is sent again at growing intervals, up to five minutes; meanwhile the later events of the same order wait, and those of all other orders are sent.
     */
    get: operations['listRefusedEvents'];
    put?: never;
    post?: never;
    /**
     * Drop refused events
     * @description Takes the events named by `event_id`, or all refused ones with `all=true`, out of the outbox. They stay in the event log but are never sent, also not by reconciliation; the later events of the same order no longer wait. The log records each event and the actor. A change that the other service can read over HTTP still reaches it that way.
     */
    delete: operations['dropRefusedEvents'];
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/outbox/refused/retry': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Send refused events again now
     * @description For use after the cause was removed. An event that is refused again waits for its next interval.
     */
    post: operations['retryRefusedEvents'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the health of each component
     * @description `degraded` (200): a component is down that is not needed to serve requests. `down` (503): no request can be served. A component can be up with a `warning`, which does not change the status. Each component is checked at most once per second.
     */
    get: operations['getHealth'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/ready': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Check whether requests can be served
     * @description Checks only the components that every request needs.
     */
    get: operations['getReadiness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/health/live': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Check whether the process is running
     * @description Checks no component.
     */
    get: operations['getLiveness'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/metrics': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the metrics of this instance
     * @description The metrics in the text format of Prometheus.
     */
    get: operations['getMetrics'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the OpenAPI document
     * @description An OpenAPI 3.1 document, generated from the schemas that validate the requests.
     */
    get: operations['getOpenApi'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/asyncapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the AsyncAPI document
     * @description An AsyncAPI 3.0 document of the messages of WebSockets, streams and webhooks, generated from the schemas of these messages.
     */
    get: operations['getAsyncApi'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the index of this API
     * @description Name and version of the service, and the paths of its health, contract and documentation.
     */
    get: operations['getIndex'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    TokenRequest: {
      /** @constant */
      grant_type: 'client_credentials';
      /** @description with client_secret, unless HTTP Basic is used */
      client_id?: string;
      client_secret?: string;
      /** @description the requested scopes, separated by spaces; all scopes of the client when absent */
      scope?: string;
    };
    TokenForm: {
      token: string;
      token_type_hint?: string;
      client_id?: string;
      client_secret?: string;
    };
    /**
     * @description an ISO 4217 code of an active currency
     * @enum {string}
     */
    Currency:
      | 'AED'
      | 'AFN'
      | 'ALL'
      | 'AMD'
      | 'AOA'
      | 'ARS'
      | 'AUD'
      | 'AWG'
      | 'AZN'
      | 'BAM'
      | 'BBD'
      | 'BDT'
      | 'BHD'
      | 'BIF'
      | 'BMD'
      | 'BND'
      | 'BOB'
      | 'BRL'
      | 'BSD'
      | 'BTN'
      | 'BWP'
      | 'BYN'
      | 'BZD'
      | 'CAD'
      | 'CDF'
      | 'CHF'
      | 'CLP'
      | 'CNY'
      | 'COP'
      | 'CRC'
      | 'CUP'
      | 'CVE'
      | 'CZK'
      | 'DJF'
      | 'DKK'
      | 'DOP'
      | 'DZD'
      | 'EGP'
      | 'ERN'
      | 'ETB'
      | 'EUR'
      | 'FJD'
      | 'FKP'
      | 'GBP'
      | 'GEL'
      | 'GHS'
      | 'GIP'
      | 'GMD'
      | 'GNF'
      | 'GTQ'
      | 'GYD'
      | 'HKD'
      | 'HNL'
      | 'HTG'
      | 'HUF'
      | 'IDR'
      | 'ILS'
      | 'INR'
      | 'IQD'
      | 'IRR'
      | 'ISK'
      | 'JMD'
      | 'JOD'
      | 'JPY'
      | 'KES'
      | 'KGS'
      | 'KHR'
      | 'KMF'
      | 'KPW'
      | 'KRW'
      | 'KWD'
      | 'KYD'
      | 'KZT'
      | 'LAK'
      | 'LBP'
      | 'LKR'
      | 'LRD'
      | 'LSL'
      | 'LYD'
      | 'MAD'
      | 'MDL'
      | 'MGA'
      | 'MKD'
      | 'MMK'
      | 'MNT'
      | 'MOP'
      | 'MRU'
      | 'MUR'
      | 'MVR'
      | 'MWK'
      | 'MXN'
      | 'MYR'
      | 'MZN'
      | 'NAD'
      | 'NGN'
      | 'NIO'
      | 'NOK'
      | 'NPR'
      | 'NZD'
      | 'OMR'
      | 'PAB'
      | 'PEN'
      | 'PGK'
      | 'PHP'
      | 'PKR'
      | 'PLN'
      | 'PYG'
      | 'QAR'
      | 'RON'
      | 'RSD'
      | 'RUB'
      | 'RWF'
      | 'SAR'
      | 'SBD'
      | 'SCR'
      | 'SDG'
      | 'SEK'
      | 'SGD'
      | 'SHP'
      | 'SLE'
      | 'SOS'
      | 'SRD'
      | 'SSP'
      | 'STN'
      | 'SVC'
      | 'SYP'
      | 'SZL'
      | 'THB'
      | 'TJS'
      | 'TMT'
      | 'TND'
      | 'TOP'
      | 'TRY'
      | 'TTD'
      | 'TWD'
      | 'TZS'
      | 'UAH'
      | 'UGX'
      | 'USD'
      | 'UYU'
      | 'UZS'
      | 'VED'
      | 'VES'
      | 'VND'
      | 'VUV'
      | 'WST'
      | 'XAF'
      | 'XCD'
      | 'XCG'
      | 'XOF'
      | 'XPF'
      | 'YER'
      | 'ZAR'
      | 'ZMW'
      | 'ZWG';
    ProductLine: {
      /** @description the client's own code, unique among its products; order lines name it as `product_id` */
      sku: string;
      name: string;
      /** @default null */
      description: string | null;
      /**
       * @description a path such as home/lighting
       * @default null
       */
      category: string | null;
      /** @default USD */
      currency: components['schemas']['Currency'];
      /** @description greater than 0, with no more decimals than its currency has (ISO 4217). Every amount below 2^53 in a currency without decimals, 2^46 (70368744177664) in one with two, and 2^43 (8796093022208) in one with three is exact. Above that, an amount that a double (IEEE 754 binary64) cannot hold exactly is refused, never rounded */
      price: number;
      /** @default null */
      tax_class: string | null;
      /** @default null */
      weight_grams: number | null;
      /** @default null */
      image_url: string | null;
      /** @default true */
      active: boolean;
      /** @default {} */
      attributes: {
        [key: string]: string;
      };
      /** @description ignored, so that an export can be imported */
      product_id?: unknown;
      /** @description ignored, so that an export can be imported */
      version?: unknown;
      /** @description ignored, so that an export can be imported */
      created_at?: unknown;
      /** @description ignored, so that an export can be imported */
      updated_at?: unknown;
    };
    /** @enum {string} */
    ReservationStatus: 'active' | 'converted' | 'released' | 'expired';
    /** @enum {string} */
    OrderStatus:
      | 'PENDING_SHIPMENT'
      | 'SHIPPED'
      | 'IN_TRANSIT'
      | 'OUT_FOR_DELIVERY'
      | 'DELIVERED'
      | 'DELIVERY_FAILED'
      | 'RETURNED'
      | 'CANCELLED';
    OrderLine: {
      customer_id: string;
      items: {
        /** @description the code of the product in the catalogue (its `sku`), or any text for an item that is not in it */
        product_id: string;
        quantity: number;
        /** @description without it, the price in the catalogue */
        unit_price?: number;
      }[];
      /** @default USD */
      currency: components['schemas']['Currency'];
      /** @default {} */
      metadata: {
        [key: string]: string;
      };
      /** Format: date-time */
      client_timestamp?: string;
      /**
       * Format: uuid
       * @description the reservation whose stock the order takes over
       */
      reservation_id?: string;
      idempotency_key?: string;
    };
    /** @enum {string} */
    PublicEventType:
      | 'order.created'
      | 'order.updated'
      | 'order.shipped'
      | 'order.in_transit'
      | 'order.out_for_delivery'
      | 'order.delivered'
      | 'order.delivery_failed'
      | 'order.returned'
      | 'order.cancellation_requested'
      | 'order.cancellation_refused'
      | 'order.cancelled'
      | 'product.created'
      | 'product.updated'
      | 'product.price_changed'
      | 'product.deleted'
      | 'inventory.reserved'
      | 'inventory.released'
      | 'inventory.updated'
      | 'inventory.low';
    OrderStep: {
      status: components['schemas']['OrderStatus'];
      carrier?: string;
      tracking_number?: string;
      /** Format: date-time */
      estimated_delivery?: string;
    };
    ShippingChange: {
      carrier: string;
      tracking_number: string;
      /** Format: date-time */
      estimated_delivery: string;
    };
    /** @enum {string} */
    WebhookEventType:
      | 'order.created'
      | 'order.updated'
      | 'order.shipped'
      | 'order.in_transit'
      | 'order.out_for_delivery'
      | 'order.delivered'
      | 'order.delivery_failed'
      | 'order.returned'
      | 'order.cancellation_requested'
      | 'order.cancellation_refused'
      | 'order.cancelled'
      | 'product.created'
      | 'product.updated'
      | 'product.price_changed'
      | 'product.deleted'
      | 'inventory.reserved'
      | 'inventory.released'
      | 'inventory.updated'
      | 'inventory.low'
      | 'webhook.disabled'
      | 'webhook.events_missed';
    /** @enum {string} */
    OrderEventType:
      | 'order.created'
      | 'order.updated'
      | 'order.shipped'
      | 'order.in_transit'
      | 'order.out_for_delivery'
      | 'order.delivered'
      | 'order.delivery_failed'
      | 'order.returned'
      | 'order.cancellation_requested'
      | 'order.cancellation_refused'
      | 'order.cancelled';
    /** @enum {string} */
    CatalogueEventType:
      | 'product.created'
      | 'product.updated'
      | 'product.price_changed'
      | 'product.deleted'
      | 'inventory.reserved'
      | 'inventory.released'
      | 'inventory.updated'
      | 'inventory.low';
    Token: {
      /** @description a JWT (RFC 9068) */
      access_token: string;
      /** @constant */
      token_type: 'Bearer';
      /** @description seconds */
      expires_in: number;
      scope: string;
    };
    /** @description RFC 9457 problem details */
    Problem: {
      /** @description the URI of the explanation of the error */
      type: string;
      /** @description the reason phrase of the status */
      title: string;
      status: number;
      /** @description a description of the error for people; the text may change */
      detail: string;
      /** @description the path of the request */
      instance: string;
      /** @description the stable name of the error */
      code: string;
      /** @description the id of this request in the logs */
      correlation_id: string;
      /** @description the invalid members, at most 20; of a file, at most 1000 */
      readonly errors?: components['schemas']['FieldError'][];
      /** @description the number of invalid members that are not listed */
      more_errors?: number;
      /** @description the allowed steps */
      readonly allowed?: string[];
      /** @description the current version of the resource */
      current_version?: number;
      /** @description the first cursor from which the feed is complete */
      earliest_cursor?: string;
    };
    FieldError: {
      path: string;
      message: string;
      /** @description the kind of fault, if the problem has several */
      code?: string;
    };
    /** @description an error in the format of RFC 6749 §5.2 */
    OAuthError: {
      error: string;
      error_description: string;
    };
    Introspection: {
      active: boolean;
      /** @description the scopes of the token that its client still has */
      scope?: string;
      client_id?: string;
      sub?: string;
      iss?: string;
      aud?: string;
      iat?: number;
      exp?: number;
      jti?: string;
      /** @constant */
      token_type?: 'Bearer';
    };
    JsonWebKeySet: {
      keys: components['schemas']['JsonWebKey'][];
    };
    JsonWebKey:
      | {
          /** @constant */
          kty: 'RSA';
          n: string;
          e: string;
          /** @description the RFC 7638 thumbprint of the key */
          kid: string;
          /** @constant */
          use: 'sig';
          /** @constant */
          alg: 'RS256';
        }
      | {
          /** @constant */
          kty: 'EC';
          /** @constant */
          crv: 'P-256';
          x: string;
          y: string;
          /** @description the RFC 7638 thumbprint of the key */
          kid: string;
          /** @constant */
          use: 'sig';
          /** @constant */
          alg: 'ES256';
        };
    AuthorizationServerMetadata: {
      issuer: string;
      token_endpoint: string;
      jwks_uri: string;
      introspection_endpoint: string;
      revocation_endpoint: string;
      readonly scopes_supported: string[];
      response_types_supported: string[];
      grant_types_supported: string[];
      token_endpoint_auth_methods_supported: string[];
      introspection_endpoint_auth_methods_supported: string[];
      revocation_endpoint_auth_methods_supported: string[];
      service_documentation: string;
    };
    ClientWithSecret: {
      client_id: string;
      name: string | null;
      readonly scopes: (
        | 'order:create'
        | 'order:read'
        | 'order:cancel'
        | 'order:manage'
        | 'shipment:read'
        | 'shipment:write'
        | 'webhook:manage'
        | 'notification:manage'
        | 'product:manage'
        | 'stock:manage'
        | 'client:manage'
        | 'ops:manage'
      )[];
      disabled: boolean;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
      /** @description returned only in the first response to a request; null when this response repeats it */
      client_secret: string | null;
      /** @description only when client_secret is null: why it is missing, and how to create a new secret */
      client_secret_notice?: string;
    };
    ClientList: {
      data: components['schemas']['Client'][];
      next_cursor: string | null;
    };
    Client: {
      client_id: string;
      name: string | null;
      readonly scopes: (
        | 'order:create'
        | 'order:read'
        | 'order:cancel'
        | 'order:manage'
        | 'shipment:read'
        | 'shipment:write'
        | 'webhook:manage'
        | 'notification:manage'
        | 'product:manage'
        | 'stock:manage'
        | 'client:manage'
        | 'ops:manage'
      )[];
      disabled: boolean;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
    };
    Product: {
      /** Format: uuid */
      product_id: string;
      /** @description the client's own code; order lines name it as `product_id` */
      sku: string;
      name: string;
      description: string | null;
      /** @description a path such as home/lighting */
      category: string | null;
      currency: components['schemas']['Currency'];
      /** @description the price of one piece */
      price: number;
      tax_class: string | null;
      weight_grams: number | null;
      readonly attributes: {
        [key: string]: string;
      };
      image_url: string | null;
      active: boolean;
      /** @description counts the changes of the product; also its ETag */
      version: number;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
    };
    ProductList: {
      data: components['schemas']['Product'][];
      next_cursor: string | null;
    };
    PriceList: {
      data: components['schemas']['PricePeriod'][];
      next_cursor: string | null;
    };
    PricePeriod: {
      price: number;
      currency: components['schemas']['Currency'];
      /**
       * Format: date-time
       * @description until the price before it in the list
       */
      valid_from: string;
      /** @description the version of the product that had this price first */
      version: number;
      /** @description who set the price */
      actor: string;
    };
    ImportResult: {
      created: number;
      updated: number;
      /** @description products that have the content of their lines already */
      unchanged: number;
    };
    CategoryList: {
      data: components['schemas']['Category'][];
    };
    Category: {
      path: string;
      /** @description the last name of the path */
      name: string;
      /** @description in this category and those below it */
      products: number;
      active_products: number;
      children: components['schemas']['Category'][];
    };
    Stock: {
      /** Format: uuid */
      product_id: string;
      sku: string;
      on_hand: number;
      reserved: number;
      /** @description on_hand − reserved; negative when units on backorder are reserved */
      available: number;
      low_stock_threshold: number | null;
      backorder_limit: number;
      /** @description counts the changes of the stock; also its ETag */
      version: number;
      /** Format: date-time */
      updated_at: string;
    };
    StockList: {
      data: components['schemas']['Stock'][];
      next_cursor: string | null;
    };
    StockLedger: {
      data: components['schemas']['StockLedgerEntry'][];
      next_cursor: string | null;
    };
    StockLedgerEntry: {
      /** @description increases with time */
      entry_id: string;
      /** @enum {string} */
      cause:
        | 'set'
        | 'adjusted'
        | 'removed'
        | 'order_placed'
        | 'order_cancelled'
        | 'order_shipped'
        | 'order_returned'
        | 'reservation_created'
        | 'reservation_released'
        | 'reservation_expired'
        | 'reservation_converted'
        | 'drift_repaired';
      change: {
        /** @description by how much `on_hand` changed */
        on_hand: number;
        /** @description by how much `reserved` changed */
        reserved: number;
      };
      order_id: string | null;
      reservation_id: string | null;
      reason: string | null;
      /** @description the client or service that caused the change */
      actor: string;
      /** Format: date-time */
      occurred_at: string;
    };
    Reservation: {
      /** Format: uuid */
      reservation_id: string;
      /** @description active: it holds its items; converted: an order took it over; released and expired: its items are available again */
      status: components['schemas']['ReservationStatus'];
      /** @description items with the same product are one */
      items: {
        /** @description the code (`sku`) of the product, as in the items of orders */
        product_id: string;
        quantity: number;
      }[];
      /**
       * Format: date-time
       * @description within 2 s after this time the items are available again
       */
      expires_at: string;
      /** @description the order that took it over */
      order_id: string | null;
      /** @description counts the changes of the reservation; also its ETag */
      version: number;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
    };
    ReservationList: {
      data: components['schemas']['Reservation'][];
      next_cursor: string | null;
    };
    Order: {
      /** Format: uuid */
      order_id: string;
      customer_id: string;
      readonly items: components['schemas']['OrderItem'][];
      currency: components['schemas']['Currency'];
      /** @description the sum of quantity × unit_price, exact */
      total_amount: number;
      status: components['schemas']['OrderStatus'];
      /** @description counts the changes of the order; also its ETag */
      version: number;
      /** @description the state of the cancellation request: requested, refused because the parcel had been handed over, or confirmed */
      cancellation: ('requested' | 'refused' | 'confirmed') | null;
      /** @description a copy of the shipping data of the shipment; null while no carrier, tracking number or expected day is known */
      shipping: components['schemas']['Shipping'] | null;
      readonly metadata: {
        [key: string]: string;
      };
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
    };
    OrderItem: {
      product_id: string;
      quantity: number;
      unit_price: number;
      /** @description the name that the product had in the catalogue when the order was placed; absent for an item that was not in the catalogue */
      name?: string;
    };
    Shipping: {
      carrier: string | null;
      tracking_number: string | null;
      estimated_delivery: string | null;
    };
    OrderList: {
      data: components['schemas']['Order'][];
      next_cursor: string | null;
    };
    Timeline: {
      data: components['schemas']['TimelineEntry'][];
      next_cursor: null;
    };
    TimelineEntry: {
      /** Format: uuid */
      event_id: string;
      version: number;
      type: string;
      /** @description the client, service or carrier that caused the event */
      actor: string;
      /** Format: date-time */
      occurred_at: string;
      /** @description when the event was published to the Delivery Service; null: not yet, or never */
      published_at: string | null;
      correlation_id: string;
      payload: {
        [key: string]: unknown;
      };
    };
    BulkResult: {
      line: number;
      status: number;
      replayed?: boolean;
      order?: components['schemas']['Order'];
      problem?: components['schemas']['Problem'];
    };
    PublicEventList: {
      data: components['schemas']['PublicEvent'][];
      /** @description `after` of the next request; it advances also when no event matches */
      next_cursor: string;
      /** @description whether the feed may have more events now */
      has_more: boolean;
    };
    PublicEvent:
      | components['schemas']['OrderEvent']
      | components['schemas']['ProductEvent']
      | components['schemas']['InventoryEvent'];
    OrderEvent: {
      /**
       * Format: uuid
       * @description the same wherever and however often the event is received
       */
      id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type:
        | 'order.created'
        | 'order.updated'
        | 'order.shipped'
        | 'order.in_transit'
        | 'order.out_for_delivery'
        | 'order.delivered'
        | 'order.delivery_failed'
        | 'order.returned'
        | 'order.cancellation_requested'
        | 'order.cancellation_refused'
        | 'order.cancelled';
      /**
       * @description the version of the form of events
       * @constant
       */
      api_version: '2026-11-01';
      /** Format: uuid */
      order_id: string;
      /** @description the version of the order that the event caused: 1, 2, 3… without gaps */
      version: number;
      /** Format: date-time */
      occurred_at: string;
      /** @description the id of the request or message that caused the event */
      correlation_id: string;
      data: {
        /** @description the order as it was at this version */
        order: components['schemas']['Order'];
      };
    };
    ProductEvent: {
      /**
       * Format: uuid
       * @description the same wherever and however often the event is received
       */
      id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'product.created' | 'product.updated' | 'product.price_changed' | 'product.deleted';
      /**
       * @description the version of the form of events
       * @constant
       */
      api_version: '2026-11-01';
      /** Format: uuid */
      product_id: string;
      /** @description the version of the product that the event caused: 1, 2, 3… without gaps */
      version: number;
      /** Format: date-time */
      occurred_at: string;
      /** @description the id of the request or message that caused the event */
      correlation_id: string;
      data: {
        /** @description the product as it was at this version */
        product: components['schemas']['Product'];
        /** @description only in `product.price_changed`: the price before, in `previous_currency` or else in `currency` of the product */
        previous_price?: number;
        /** @description only when the currency has changed: the one before */
        previous_currency?: components['schemas']['Currency'];
      };
    };
    /** @enum {string} */
    ProductEventType: 'product.created' | 'product.updated' | 'product.price_changed' | 'product.deleted';
    InventoryEvent: {
      /**
       * Format: uuid
       * @description the same wherever and however often the event is received
       */
      id: string;
      /**
       * @description discriminator enum property added by openapi-typescript
       * @enum {string}
       */
      type: 'inventory.reserved' | 'inventory.released' | 'inventory.updated' | 'inventory.low';
      /**
       * @description the version of the form of events
       * @constant
       */
      api_version: '2026-11-01';
      /** Format: uuid */
      product_id: string;
      /** @description the version of the stock that the event caused: 1, 2, 3… without gaps */
      version: number;
      /** Format: date-time */
      occurred_at: string;
      /** @description the id of the request or message that caused the event */
      correlation_id: string;
      data: {
        /** @description the stock as it was at this version */
        stock: components['schemas']['Stock'];
        change: components['schemas']['StockChange'];
      };
    };
    /** @enum {string} */
    InventoryEventType: 'inventory.reserved' | 'inventory.released' | 'inventory.updated' | 'inventory.low';
    StockChange: {
      /** @description by how much `on_hand` has changed */
      on_hand: number;
      /** @description by how much `reserved` has changed */
      reserved: number;
      /** @description the number of changes of each cause, such as `order_placed`; others can be added */
      readonly causes: {
        [key: string]: number;
      };
    };
    OrderShipment: {
      /** Format: uuid */
      shipment_id: string;
      /** Format: uuid */
      order_id: string;
      status: components['schemas']['ShipmentStatus'];
      version: number;
      attempts: number;
      carrier: string | null;
      tracking_number: string | null;
      estimated_delivery: string | null;
      /** @description true: the Delivery Service does not respond, and this is the last reported state */
      stale: boolean;
      /**
       * Format: date-time
       * @description the time of this state: now, or the time of the last report
       */
      as_of: string;
    };
    /** @enum {string} */
    ShipmentStatus:
      | 'PROCESSING'
      | 'SHIPPED'
      | 'IN_TRANSIT'
      | 'OUT_FOR_DELIVERY'
      | 'DELIVERED'
      | 'DELIVERY_FAILED'
      | 'RETURNED'
      | 'CANCELLED';
    FindingList: {
      data: components['schemas']['Finding'][];
      next_cursor: string | null;
    };
    Finding: {
      /** Format: uuid */
      order_id: string;
      /**
       * @description shipment_without_order: the order does not exist in this service; different_end: order and shipment have different final statuses; different_way: at least one of them has no final status yet, and neither can reach the status of the other; cannot_follow: the order cannot apply the steps of its shipment
       * @enum {string}
       */
      kind: 'shipment_without_order' | 'different_end' | 'different_way' | 'cannot_follow';
      /** @description null when the order does not exist */
      order_status: components['schemas']['OrderStatus'] | null;
      order_version: number | null;
      /** @description the version of the last shipment message that the order has applied */
      applied_shipment_version: number | null;
      shipment_id: string | null;
      shipment_status: components['schemas']['ShipmentStatus'] | null;
      shipment_version: number | null;
      /** Format: date-time */
      first_seen_at: string;
      /** Format: date-time */
      last_seen_at: string;
      /** @description the operator who accepted the finding */
      accepted_by: string | null;
    };
    WebhookEndpointWithSecret: {
      /** Format: uuid */
      endpoint_id: string;
      /** @description the client whose orders and products it is about */
      client_id: string;
      url: string;
      /** @description null: all types, also those of later versions */
      event_types: components['schemas']['WebhookEventType'][] | null;
      enabled: boolean;
      /** @description by_client; gone: it answered 410; failing: it failed for days; client_disabled: its client was disabled; null while it is enabled */
      disabled_reason: ('by_client' | 'gone' | 'failing' | 'client_disabled') | null;
      description: string | null;
      readonly metadata: {
        [key: string]: string;
      };
      /** @description until when requests also have the signature of the previous secret */
      previous_secret_until: string | null;
      /** @description events before this time may be missing: some were removed from the log before they were queued for the endpoint */
      missed_before: string | null;
      /** @description counts the changes of the endpoint; also its ETag */
      version: number;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
      /** @description whsec_ and base64, for the verification of signatures; returned only in the first response to a request; null when this response repeats it */
      secret: string | null;
      /** @description only when secret is null: why it is missing, and how to create a new secret */
      secret_notice?: string;
    };
    WebhookEndpointList: {
      data: components['schemas']['WebhookEndpoint'][];
      next_cursor: string | null;
    };
    WebhookEndpoint: {
      /** Format: uuid */
      endpoint_id: string;
      /** @description the client whose orders and products it is about */
      client_id: string;
      url: string;
      /** @description null: all types, also those of later versions */
      event_types: components['schemas']['WebhookEventType'][] | null;
      enabled: boolean;
      /** @description by_client; gone: it answered 410; failing: it failed for days; client_disabled: its client was disabled; null while it is enabled */
      disabled_reason: ('by_client' | 'gone' | 'failing' | 'client_disabled') | null;
      description: string | null;
      readonly metadata: {
        [key: string]: string;
      };
      /** @description until when requests also have the signature of the previous secret */
      previous_secret_until: string | null;
      /** @description events before this time may be missing: some were removed from the log before they were queued for the endpoint */
      missed_before: string | null;
      /** @description counts the changes of the endpoint; also its ETag */
      version: number;
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
    };
    WebhookTestOutcome: {
      /** Format: uuid */
      event_id: string;
      succeeded: boolean;
      /** @description null: there was no response */
      http_status: number | null;
      latency_ms: number;
      /** @description why there was no response */
      error: string | null;
      /** @description the first 1 kB of the response */
      response_excerpt: string | null;
    };
    WebhookDeliveryList: {
      data: components['schemas']['WebhookDelivery'][];
      next_cursor: string | null;
    };
    WebhookDelivery: {
      /** Format: uuid */
      event_id: string;
      /** @enum {string} */
      type:
        | 'order.created'
        | 'order.updated'
        | 'order.shipped'
        | 'order.in_transit'
        | 'order.out_for_delivery'
        | 'order.delivered'
        | 'order.delivery_failed'
        | 'order.returned'
        | 'order.cancellation_requested'
        | 'order.cancellation_refused'
        | 'order.cancelled'
        | 'product.created'
        | 'product.updated'
        | 'product.price_changed'
        | 'product.deleted'
        | 'inventory.reserved'
        | 'inventory.released'
        | 'inventory.updated'
        | 'inventory.low'
        | 'webhook.disabled'
        | 'webhook.events_missed';
      /** @description null: the event is not about an order */
      order_id: string | null;
      /** @description of the order, the product or its stock; null: the event is about an endpoint */
      version: number | null;
      /** @enum {string} */
      status: 'pending' | 'succeeded' | 'failed';
      /** @description the number of attempts that have ended */
      attempts: number;
      /** @description null: the delivery has ended, is being sent, or waits for an earlier event of its subject */
      next_attempt_at: string | null;
      last_attempt: components['schemas']['WebhookAttempt'] | null;
    };
    WebhookAttempt: {
      /** @description counts the attempts of the delivery; a number is missing when the attempt was interrupted */
      attempt: number;
      /** Format: date-time */
      attempted_at: string;
      succeeded: boolean;
      /** @description null: there was no response */
      http_status: number | null;
      /** @description until the headers of the response had arrived, or the attempt had failed */
      latency_ms: number;
      /** @description why there was no response */
      error: string | null;
      /** @description the first 1 kB of the response */
      response_excerpt: string | null;
    };
    WebhookDeliveryWithAttempts: {
      /** Format: uuid */
      event_id: string;
      /** @enum {string} */
      type:
        | 'order.created'
        | 'order.updated'
        | 'order.shipped'
        | 'order.in_transit'
        | 'order.out_for_delivery'
        | 'order.delivered'
        | 'order.delivery_failed'
        | 'order.returned'
        | 'order.cancellation_requested'
        | 'order.cancellation_refused'
        | 'order.cancelled'
        | 'product.created'
        | 'product.updated'
        | 'product.price_changed'
        | 'product.deleted'
        | 'inventory.reserved'
        | 'inventory.released'
        | 'inventory.updated'
        | 'inventory.low'
        | 'webhook.disabled'
        | 'webhook.events_missed';
      /** @description null: the event is not about an order */
      order_id: string | null;
      /** @description of the order, the product or its stock; null: the event is about an endpoint */
      version: number | null;
      /** @enum {string} */
      status: 'pending' | 'succeeded' | 'failed';
      /** @description the number of attempts that have ended */
      attempts: number;
      /** @description null: the delivery has ended, is being sent, or waits for an earlier event of its subject */
      next_attempt_at: string | null;
      last_attempt: components['schemas']['WebhookAttempt'] | null;
      /** @description the last 100 attempts, newest first */
      readonly history: components['schemas']['WebhookAttempt'][];
    };
    WebhookReplay: {
      /** Format: uuid */
      replay_id: string;
      /** Format: uuid */
      endpoint_id: string;
      /** Format: date-time */
      from: string;
      /**
       * Format: date-time
       * @description not included
       */
      to: string;
      /**
       * @description ended: all events are in the queue of the endpoint, or were sent already
       * @enum {string}
       */
      status: 'in_progress' | 'ended';
      /** @description the number of events that were added to the queue so far */
      queued: number;
      /** @description false: some events were removed from the log before they were queued, or could not be presented */
      is_complete: boolean;
      /** Format: date-time */
      created_at: string;
      ended_at: string | null;
    };
    NotificationSettings: {
      low_stock: {
        /** @description whether a mail is sent when the available stock of a product falls to its threshold */
        enabled: boolean;
        readonly recipients: string[];
      };
      /** @description counts the changes of the settings, from 1; also their ETag */
      version: number;
      /** @description null: the settings have never been changed */
      updated_at: string | null;
    };
    NotificationList: {
      data: components['schemas']['Notification'][];
      next_cursor: string | null;
    };
    Notification: {
      /** Format: uuid */
      notification_id: string;
      /** @description the client whose settings named the recipient */
      client_id: string;
      /** @enum {string} */
      kind: 'low_stock';
      /**
       * Format: uuid
       * @description the event that caused it
       */
      event_id: string;
      recipient: string;
      subject: string;
      /**
       * @description sent: the mail server has accepted it; failed: it was refused, or the last attempt failed; not_sent: no mail server was set up
       * @enum {string}
       */
      status: 'pending' | 'sent' | 'failed' | 'not_sent';
      /** @description the number of attempts that have begun */
      attempts: number;
      /** @description null unless pending; while the mail is being sent, when it would be sent again */
      next_attempt_at: string | null;
      sent_at: string | null;
      /** @description why the last attempt failed */
      last_error: string | null;
      /** Format: date-time */
      created_at: string;
    };
    QueueList: {
      data: components['schemas']['Queue'][];
      next_cursor: null;
    };
    Queue: {
      name: string;
      /** @description messages that wait to be received */
      depth: number;
      /** @description messages that a consumer is processing */
      in_flight: number;
      delayed: number;
      /** @description messages in the dead-letter queue */
      dead_letters: number;
      /** @description null when there is none */
      oldest_dead_letter_age_seconds: number | null;
      /** @description the age of the oldest event that the Order Service has not sent to this queue yet; null when none waits, or when another service sends to this queue */
      oldest_unpublished_age_seconds: number | null;
    };
    DeadLetterList: {
      data: components['schemas']['DeadLetter'][];
      next_cursor: null;
    };
    DeadLetter: {
      /** @description the id of the message in the dead-letter queue */
      message_id: string;
      /** @description null when the body is not an envelope; then use message_id */
      envelope_id: string | null;
      order_id: string | null;
      type: string | null;
      /** @description why it failed; null when SQS itself moved it */
      reason: string | null;
      failed_at: string | null;
      /** Format: date-time */
      sent_at: string;
      /** @description how often it was received */
      receives: number;
      /** @description the message; text of at most 256 kB when it is not an envelope or is larger than that */
      body:
        | ({
            /** Format: uuid */
            id: string;
            type: string;
            /** @constant */
            schema_version: 1;
            /** Format: uuid */
            order_id: string;
            version: number;
            /** Format: date-time */
            occurred_at: string;
            correlation_id: string;
            traceparent: string;
            payload: unknown;
          } & {
            [key: string]: unknown;
          })
        | string;
    };
    DropResult: {
      dropped: number;
      /** @description messages that stay in the dead-letter queue */
      failed: number;
      /** @description selected messages that were not found, and messages behind one that stays */
      skipped: number;
    };
    RedriveResult: {
      redriven: number;
      /** @description messages that stay in the dead-letter queue */
      failed: number;
      /** @description selected messages that were not found, and messages behind one that stays */
      skipped: number;
    };
    RefusedEventList: {
      data: components['schemas']['RefusedEvent'][];
      next_cursor: string | null;
    };
    RefusedEvent: {
      /** Format: uuid */
      event_id: string;
      /** @description the kind of thing that the event is about, such as `order` */
      subject_type: string;
      /**
       * Format: uuid
       * @description the id of that thing; the order_id if it is an order
       */
      subject_id: string;
      /** @description the version of the subject in the event log */
      version: number;
      type: string;
      /** @description the queue that refuses it */
      queue: string;
      /** @description how often the queue has refused it */
      attempts: number;
      /** @description the reason of the last refusal */
      last_error: string | null;
      /**
       * Format: date-time
       * @description when it is sent again
       */
      next_attempt_at: string;
      /** Format: date-time */
      occurred_at: string;
      /** @description later events of the same subject that wait for it */
      held_events: number;
    };
    DropRefusedResult: {
      dropped: number;
      /** @description selected events that are not refused, or are being sent at this moment */
      skipped: number;
    };
    RetryRefusedResult: {
      retried: number;
      /** @description selected events that are not refused, or are being sent at this moment */
      skipped: number;
    };
    Health: {
      /**
       * @description degraded: slower or delayed, but every request is served
       * @enum {string}
       */
      status: 'up' | 'degraded' | 'down';
      service: string;
      /** @description INSTANCE_ID of the installation that responds */
      instance_id?: string;
      uptime_seconds: number;
      components: {
        [key: string]: components['schemas']['ComponentHealth'];
      };
    };
    ComponentHealth: {
      /** @enum {string} */
      status: 'up' | 'down';
      /** @description why the component is down, from a fixed set of texts; the log has the details */
      error?: string;
      /** @description the component is up, but an operator should act on this */
      warning?: string;
    };
    Probe: {
      /** @enum {string} */
      status: 'up' | 'down';
      service: string;
      /** @description INSTANCE_ID of the installation that responds */
      instance_id?: string;
    };
    Index: {
      name: string;
      /** @description the version of this service and of its API contract */
      version: string;
      /** @description the entry points of this service: name to path */
      links: {
        [key: string]: string;
      };
    };
  };
  responses: {
    /** @description `request_timeout` */
    '408.request_timeout': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `headers_too_large` */
    '431.headers_too_large': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `internal_error` */
    '500.internal_error': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `malformed_request` */
    '400.malformed_request': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `validation_failed`, `malformed_json`, `invalid_idempotency_key`, `malformed_request` */
    '400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `missing_token`, `invalid_token` */
    '401.invalid_token.missing_token': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `insufficient_scope` */
    '403.insufficient_scope': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress`, `client_exists` */
    '409.client_exists.request_in_progress': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `payload_too_large` */
    '413.payload_too_large': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `unsupported_media_type` */
    '415.unsupported_media_type': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `idempotency_key_reused` */
    '422.idempotency_key_reused': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `quota_exceeded` */
    '429.quota_exceeded': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `unavailable` */
    '503.unavailable': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `validation_failed`, `malformed_request`, `invalid_cursor` */
    '400.invalid_cursor.malformed_request.validation_failed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `client_not_found` */
    '404.client_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `validation_failed`, `malformed_json`, `malformed_request` */
    '400.malformed_json.malformed_request.validation_failed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `own_client` */
    '409.own_client': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress` */
    '409.request_in_progress': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress`, `sku_taken` */
    '409.request_in_progress.sku_taken': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `product_not_found` */
    '404.product_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `sku_taken` */
    '409.sku_taken': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `precondition_failed` */
    '412.precondition_failed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `malformed_request`, `validation_failed` */
    '400.malformed_request.validation_failed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `product_reserved` */
    '409.product_reserved': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `quota_exceeded`, `too_many_reads` */
    '429.quota_exceeded.too_many_reads': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `import_in_progress` */
    '409.import_in_progress': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `import_refused` */
    '422.import_refused': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `too_many_categories` */
    '422.too_many_categories': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `product_not_found`, `no_stock` */
    '404.no_stock.product_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress`, `stock_below_reserved` */
    '409.request_in_progress.stock_below_reserved': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `stock_below_reserved` */
    '409.stock_below_reserved': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress`, `out_of_stock` */
    '409.out_of_stock.request_in_progress': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `idempotency_key_reused`, `unknown_product`, `inactive_product` */
    '422.idempotency_key_reused.inactive_product.unknown_product': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `reservation_not_found` */
    '404.reservation_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `reservation_expired` */
    '409.reservation_expired': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress`, `out_of_stock`, `reservation_expired` */
    '409.out_of_stock.request_in_progress.reservation_expired': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `idempotency_key_reused`, `catalogue_mismatch` */
    '422.catalogue_mismatch.idempotency_key_reused': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `query_too_broad` */
    '422.query_too_broad': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `order_not_found` */
    '404.order_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `illegal_transition`, `cancellation_refused` */
    '409.cancellation_refused.illegal_transition': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `events_pruned`, `history_changed` */
    '410.events_pruned.history_changed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `illegal_transition` */
    '409.illegal_transition': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `bad_gateway` */
    '502.bad_gateway': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `order_not_found`, `shipment_not_found` */
    '404.order_not_found.shipment_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `finding_not_found` */
    '404.finding_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress`, `webhook_limit_reached` */
    '409.request_in_progress.webhook_limit_reached': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `webhook_not_found` */
    '404.webhook_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `delivery_not_found`, `webhook_not_found` */
    '404.delivery_not_found.webhook_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `webhook_disabled` */
    '409.webhook_disabled': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `request_in_progress`, `webhook_disabled`, `replay_in_progress` */
    '409.replay_in_progress.request_in_progress.webhook_disabled': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `replay_not_found`, `webhook_not_found` */
    '404.replay_not_found.webhook_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `notification_not_found` */
    '404.notification_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `notification_not_failed`, `mail_not_configured` */
    '409.mail_not_configured.notification_not_failed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `quota_exceeded`, `too_many_streams` */
    '429.quota_exceeded.too_many_streams': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `insufficient_scope`, `origin_not_allowed` */
    '403.insufficient_scope.origin_not_allowed': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `upgrade_required` */
    '426.upgrade_required': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
    /** @description `queue_not_found` */
    '404.queue_not_found': {
      headers: {
        'X-Correlation-Id': components['headers']['X-Correlation-Id'];
        [name: string]: unknown;
      };
      content: {
        'application/problem+json': components['schemas']['Problem'];
      };
    };
  };
  parameters: never;
  requestBodies: never;
  headers: {
    /** @description the id of this request in the logs of both services */
    'X-Correlation-Id': string;
  };
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  createToken: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "grant_type": "client_credentials",
         *       "client_id": "demo-client",
         *       "client_secret": "demo-secret",
         *       "scope": "order:create order:read"
         *     }
         */
        'application/x-www-form-urlencoded': components['schemas']['TokenRequest'];
        /**
         * @example {
         *       "grant_type": "client_credentials",
         *       "client_id": "demo-client",
         *       "client_secret": "demo-secret",
         *       "scope": "order:create order:read"
         *     }
         */
        'application/json': components['schemas']['TokenRequest'];
      };
    };
    responses: {
      /** @description the token */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "access_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.eyJzdWIiOiJkZW1vLWNsaWVudCJ9.c2lnbmF0dXJl",
           *       "token_type": "Bearer",
           *       "expires_in": 86400,
           *       "scope": "order:create order:read"
           *     }
           */
          'application/json': components['schemas']['Token'];
        };
      };
      /** @description invalid_request, unsupported_grant_type or invalid_scope */
      400: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "invalid_scope",
           *       "error_description": "invalid_request, unsupported_grant_type or invalid_scope"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      /** @description the client is unknown or the secret is wrong */
      401: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "error": "invalid_client",
           *       "error_description": "the client is unknown or the secret is wrong"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      408: components['responses']['408.request_timeout'];
      /** @description too many wrong secrets */
      429: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the seconds to wait before the next attempt */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "temporarily_unavailable",
           *       "error_description": "too many wrong secrets"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      /** @description too many secrets are waiting to be checked */
      503: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the seconds to wait before the next attempt */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "temporarily_unavailable",
           *       "error_description": "too many secrets are waiting to be checked"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
    };
  };
  introspectToken: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "token": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
         *     }
         */
        'application/x-www-form-urlencoded': components['schemas']['TokenForm'];
      };
    };
    responses: {
      /** @description the status of the token */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "active": true,
           *       "scope": "order:read",
           *       "client_id": "demo-client"
           *     }
           */
          'application/json': components['schemas']['Introspection'];
        };
      };
      /** @description the request is incomplete */
      400: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "invalid_request",
           *       "error_description": "the request is incomplete"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      /** @description the client authentication failed */
      401: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "error": "invalid_client",
           *       "error_description": "the client authentication failed"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      408: components['responses']['408.request_timeout'];
      /** @description too many wrong secrets */
      429: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the seconds to wait before the next attempt */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "temporarily_unavailable",
           *       "error_description": "too many wrong secrets"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      /** @description too many secrets are waiting to be checked */
      503: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the seconds to wait before the next attempt */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "temporarily_unavailable",
           *       "error_description": "too many secrets are waiting to be checked"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
    };
  };
  revokeToken: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "token": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"
         *     }
         */
        'application/x-www-form-urlencoded': components['schemas']['TokenForm'];
      };
    };
    responses: {
      /** @description the token is revoked */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      /** @description the request is incomplete */
      400: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "invalid_request",
           *       "error_description": "the request is incomplete"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      /** @description the client authentication failed */
      401: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "error": "invalid_client",
           *       "error_description": "the client authentication failed"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      408: components['responses']['408.request_timeout'];
      /** @description too many wrong secrets */
      429: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the seconds to wait before the next attempt */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "temporarily_unavailable",
           *       "error_description": "too many wrong secrets"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      /** @description too many secrets are waiting to be checked */
      503: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the seconds to wait before the next attempt */
          'Retry-After'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "error": "temporarily_unavailable",
           *       "error_description": "too many secrets are waiting to be checked"
           *     }
           */
          'application/json': components['schemas']['OAuthError'];
        };
      };
    };
  };
  getKeySet: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the keys */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "keys": [
           *         {
           *           "kty": "RSA",
           *           "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc",
           *           "e": "AQAB",
           *           "kid": "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs",
           *           "use": "sig",
           *           "alg": "RS256"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['JsonWebKeySet'];
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
    };
  };
  getAuthorizationServerMetadata: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the metadata */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "issuer": "http://localhost:3001",
           *       "token_endpoint": "http://localhost:3001/auth/token",
           *       "jwks_uri": "http://localhost:3001/.well-known/jwks.json",
           *       "introspection_endpoint": "http://localhost:3001/auth/introspect",
           *       "revocation_endpoint": "http://localhost:3001/auth/revoke",
           *       "scopes_supported": [
           *         "order:create",
           *         "order:read",
           *         "order:cancel",
           *         "order:manage",
           *         "shipment:read",
           *         "shipment:write",
           *         "webhook:manage",
           *         "notification:manage",
           *         "product:manage",
           *         "stock:manage",
           *         "client:manage",
           *         "ops:manage"
           *       ],
           *       "response_types_supported": [],
           *       "grant_types_supported": [
           *         "client_credentials"
           *       ],
           *       "token_endpoint_auth_methods_supported": [
           *         "client_secret_basic",
           *         "client_secret_post"
           *       ],
           *       "introspection_endpoint_auth_methods_supported": [
           *         "client_secret_basic",
           *         "client_secret_post",
           *         "Bearer"
           *       ],
           *       "revocation_endpoint_auth_methods_supported": [
           *         "client_secret_basic",
           *         "client_secret_post",
           *         "Bearer"
           *       ],
           *       "service_documentation": "http://localhost:3001/docs"
           *     }
           */
          'application/json': components['schemas']['AuthorizationServerMetadata'];
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
    };
  };
  listClients: {
    parameters: {
      query?: {
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of clients */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "client_id": "lamp-shop",
           *           "name": "Lamp shop",
           *           "scopes": [
           *             "order:create",
           *             "order:read"
           *           ],
           *           "disabled": false,
           *           "created_at": "2026-11-21T04:00:10.755Z",
           *           "updated_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['ClientList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  registerClient: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "name": "Lamp shop",
         *       "scopes": [
         *         "order:create",
         *         "order:read"
         *       ]
         *     }
         */
        'application/json': {
          /** @description generated when absent */
          client_id?: string;
          /** @default null */
          name?: string | null;
          scopes: (
            | 'order:create'
            | 'order:read'
            | 'order:cancel'
            | 'order:manage'
            | 'shipment:read'
            | 'shipment:write'
            | 'webhook:manage'
            | 'notification:manage'
            | 'product:manage'
            | 'stock:manage'
            | 'client:manage'
            | 'ops:manage'
          )[];
        };
      };
    };
    responses: {
      /** @description the client and its secret */
      201: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the path of the client */
          Location?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "client_id": "lamp-shop",
           *       "name": "Lamp shop",
           *       "scopes": [
           *         "order:create",
           *         "order:read"
           *       ],
           *       "disabled": false,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z",
           *       "client_secret": "mR3Yw5cQk0n2bX8tPzL1vH7sJ4dF6gA9eU0iO3qW5rT"
           *     }
           */
          'application/json': components['schemas']['ClientWithSecret'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.client_exists.request_in_progress'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getClient: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        client_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the client */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "client_id": "lamp-shop",
           *       "name": "Lamp shop",
           *       "scopes": [
           *         "order:create",
           *         "order:read"
           *       ],
           *       "disabled": false,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Client'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.client_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  removeClient: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        client_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the client is removed */
      204: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.client_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.own_client'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeClient: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        client_id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "disabled": true
         *     }
         */
        'application/json': {
          name?: string | null;
          scopes?: (
            | 'order:create'
            | 'order:read'
            | 'order:cancel'
            | 'order:manage'
            | 'shipment:read'
            | 'shipment:write'
            | 'webhook:manage'
            | 'notification:manage'
            | 'product:manage'
            | 'stock:manage'
            | 'client:manage'
            | 'ops:manage'
          )[];
          disabled?: boolean;
        };
      };
    };
    responses: {
      /** @description the client */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "client_id": "lamp-shop",
           *       "name": "Lamp shop",
           *       "scopes": [
           *         "order:create",
           *         "order:read"
           *       ],
           *       "disabled": true,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Client'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.client_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.own_client'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  rotateSecret: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path: {
        client_id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "grace_seconds": 3600
         *     }
         */
        'application/json': {
          /**
           * @description how long the old secret stays valid
           * @default 86400
           */
          grace_seconds?: number;
        };
      };
    };
    responses: {
      /** @description the client and its new secret */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "client_id": "lamp-shop",
           *       "name": "Lamp shop",
           *       "scopes": [
           *         "order:create",
           *         "order:read"
           *       ],
           *       "disabled": false,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z",
           *       "client_secret": "mR3Yw5cQk0n2bX8tPzL1vH7sJ4dF6gA9eU0iO3qW5rT"
           *     }
           */
          'application/json': components['schemas']['ClientWithSecret'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.client_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.request_in_progress'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listProducts: {
    parameters: {
      query?: {
        sku?: string;
        /** @description the complete name; case and accents do not count */
        name?: string;
        /** @description products in this category and in those below it */
        category?: string;
        /** @description words of name and sku. A product is found by the beginnings of its words; a word that no product has is replaced by similar ones */
        q?: string;
        active?: 'true' | 'false';
        /** @description true: only products whose stock has fallen to its threshold */
        low_stock?: 'true' | 'false';
        /** @description for operators: whose products */
        owner?: string;
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of products */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "sku": "lamp",
           *           "name": "Desk lamp",
           *           "description": "Metal, 40 cm high",
           *           "category": "home/lighting",
           *           "currency": "USD",
           *           "price": 79.9,
           *           "weight_grams": 1200,
           *           "attributes": {
           *             "colour": "green"
           *           },
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "tax_class": null,
           *           "image_url": null,
           *           "active": true,
           *           "version": 1,
           *           "created_at": "2026-11-21T04:00:10.755Z",
           *           "updated_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['ProductList'];
        };
      };
      /** @description the caller already has this response */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  createProduct: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "sku": "lamp",
         *       "name": "Desk lamp",
         *       "description": "Metal, 40 cm high",
         *       "category": "home/lighting",
         *       "currency": "USD",
         *       "price": 79.9,
         *       "weight_grams": 1200,
         *       "attributes": {
         *         "colour": "green"
         *       }
         *     }
         */
        'application/json': {
          /** @description the client's own code, unique among its products; order lines name it as `product_id` */
          sku: string;
          name: string;
          /** @default null */
          description?: string | null;
          /**
           * @description a path such as home/lighting
           * @default null
           */
          category?: string | null;
          /** @default USD */
          currency?: components['schemas']['Currency'];
          /** @description greater than 0, with no more decimals than its currency has (ISO 4217). Every amount below 2^53 in a currency without decimals, 2^46 (70368744177664) in one with two, and 2^43 (8796093022208) in one with three is exact. Above that, an amount that a double (IEEE 754 binary64) cannot hold exactly is refused, never rounded */
          price: number;
          /** @default null */
          tax_class?: string | null;
          /** @default null */
          weight_grams?: number | null;
          /** @default null */
          image_url?: string | null;
          /** @default true */
          active?: boolean;
          /** @default {} */
          attributes?: {
            [key: string]: string;
          };
        };
      };
    };
    responses: {
      /** @description the product */
      201: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the product, quoted; when the path names a sku, followed by `-` and the product_id */
          ETag?: string;
          /** @description the path of the product */
          Location?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "sku": "lamp",
           *       "name": "Desk lamp",
           *       "description": "Metal, 40 cm high",
           *       "category": "home/lighting",
           *       "currency": "USD",
           *       "price": 79.9,
           *       "weight_grams": 1200,
           *       "attributes": {
           *         "colour": "green"
           *       },
           *       "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "tax_class": null,
           *       "image_url": null,
           *       "active": true,
           *       "version": 1,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Product'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.request_in_progress.sku_taken'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getProduct: {
    parameters: {
      query?: never;
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the product */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the product, quoted; when the path names a sku, followed by `-` and the product_id */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "sku": "lamp",
           *       "name": "Desk lamp",
           *       "description": "Metal, 40 cm high",
           *       "category": "home/lighting",
           *       "currency": "USD",
           *       "price": 79.9,
           *       "weight_grams": 1200,
           *       "attributes": {
           *         "colour": "green"
           *       },
           *       "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "tax_class": null,
           *       "image_url": null,
           *       "active": true,
           *       "version": 1,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Product'];
        };
      };
      /** @description the caller already has this version */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the product, quoted; when the path names a sku, followed by `-` and the product_id */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.product_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  removeProduct: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the product is deleted */
      204: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.product_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.product_reserved'];
      412: components['responses']['412.precondition_failed'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeProduct: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "price": 69.9
         *     }
         */
        'application/json': {
          /** @description the client's own code, unique among its products; order lines name it as `product_id` */
          sku?: string;
          name?: string;
          description?: string | null;
          /** @description a path such as home/lighting */
          category?: string | null;
          currency?: components['schemas']['Currency'];
          /** @description greater than 0, with no more decimals than its currency has (ISO 4217). Every amount below 2^53 in a currency without decimals, 2^46 (70368744177664) in one with two, and 2^43 (8796093022208) in one with three is exact. Above that, an amount that a double (IEEE 754 binary64) cannot hold exactly is refused, never rounded */
          price?: number;
          tax_class?: string | null;
          weight_grams?: number | null;
          image_url?: string | null;
          active?: boolean;
          attributes?: {
            [key: string]: string;
          };
        };
      };
    };
    responses: {
      /** @description the product */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the product, quoted; when the path names a sku, followed by `-` and the product_id */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "sku": "lamp",
           *       "name": "Desk lamp",
           *       "description": "Metal, 40 cm high",
           *       "category": "home/lighting",
           *       "currency": "USD",
           *       "price": 69.9,
           *       "weight_grams": 1200,
           *       "attributes": {
           *         "colour": "green"
           *       },
           *       "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "tax_class": null,
           *       "image_url": null,
           *       "active": true,
           *       "version": 2,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Product'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.product_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.sku_taken'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listPrices: {
    parameters: {
      query?: {
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of prices */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "price": 69.9,
           *           "currency": "USD",
           *           "valid_from": "2026-11-22T09:30:00.000Z",
           *           "version": 2,
           *           "actor": "lamp-shop"
           *         },
           *         {
           *           "price": 79.9,
           *           "currency": "USD",
           *           "valid_from": "2026-11-21T04:00:10.755Z",
           *           "version": 1,
           *           "actor": "lamp-shop"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['PriceList'];
        };
      };
      /** @description the caller already has this response */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.product_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  exportProducts: {
    parameters: {
      query?: {
        sku?: string;
        /** @description the complete name; case and accents do not count */
        name?: string;
        /** @description products in this category and in those below it */
        category?: string;
        /** @description words of name and sku. A product is found by the beginnings of its words; a word that no product has is replaced by similar ones */
        q?: string;
        active?: 'true' | 'false';
        /** @description true: only products whose stock has fallen to its threshold */
        low_stock?: 'true' | 'false';
        /** @description for operators: whose products */
        owner?: string;
        format?: 'ndjson' | 'csv';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the products; for NDJSON, the schema describes one line */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the file name */
          'Content-Disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "sku": "lamp",
           *       "name": "Desk lamp",
           *       "description": "Metal, 40 cm high",
           *       "category": "home/lighting",
           *       "currency": "USD",
           *       "price": 79.9,
           *       "weight_grams": 1200,
           *       "attributes": {
           *         "colour": "green"
           *       },
           *       "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "tax_class": null,
           *       "image_url": null,
           *       "active": true,
           *       "version": 1,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/x-ndjson': components['schemas']['Product'];
          /**
           * @example sku,name,category,price,currency
           *     lamp,Desk lamp,home/lighting,79.90,USD
           */
          'text/csv': string;
        };
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded.too_many_reads'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  importProducts: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example sku,name,category,price,currency
         *     lamp,Desk lamp,home/lighting,79.90,USD
         */
        'text/csv': string;
        /**
         * @example {
         *       "sku": "lamp",
         *       "name": "Desk lamp",
         *       "description": "Metal, 40 cm high",
         *       "category": "home/lighting",
         *       "currency": "USD",
         *       "price": 79.9,
         *       "weight_grams": 1200,
         *       "attributes": {
         *         "colour": "green"
         *       }
         *     }
         */
        'application/x-ndjson': components['schemas']['ProductLine'];
        /**
         * @example {
         *       "sku": "lamp",
         *       "name": "Desk lamp",
         *       "description": "Metal, 40 cm high",
         *       "category": "home/lighting",
         *       "currency": "USD",
         *       "price": 79.9,
         *       "weight_grams": 1200,
         *       "attributes": {
         *         "colour": "green"
         *       }
         *     }
         */
        'application/ndjson': components['schemas']['ProductLine'];
      };
    };
    responses: {
      /** @description the file is imported */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "created": 120,
           *       "updated": 7,
           *       "unchanged": 3
           *     }
           */
          'application/json': components['schemas']['ImportResult'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.import_in_progress'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.import_refused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listCategories: {
    parameters: {
      query?: {
        /** @description only this category and those below it */
        parent?: string;
        /** @description for operators: whose products */
        owner?: string;
      };
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the categories */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "path": "home",
           *           "name": "home",
           *           "products": 3,
           *           "active_products": 2,
           *           "children": [
           *             {
           *               "path": "home/lighting",
           *               "name": "lighting",
           *               "products": 1,
           *               "active_products": 1,
           *               "children": []
           *             },
           *             {
           *               "path": "home/textiles",
           *               "name": "textiles",
           *               "products": 2,
           *               "active_products": 1,
           *               "children": []
           *             }
           *           ]
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['CategoryList'];
        };
      };
      /** @description the caller already has this response */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      422: components['responses']['422.too_many_categories'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getStock: {
    parameters: {
      query?: never;
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the stock */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the stock, `-`, and a digest of the resource, quoted */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "sku": "lamp",
           *       "on_hand": 5,
           *       "reserved": 1,
           *       "available": 4,
           *       "low_stock_threshold": 2,
           *       "backorder_limit": 0,
           *       "version": 2,
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Stock'];
        };
      };
      /** @description the caller already has this version */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the stock, `-`, and a digest of the resource, quoted */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.no_stock.product_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeStock: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
        /** @description the change is refused with 412 when the version is one of these entity tags; with `*`, when the resource exists */
        'If-None-Match'?: string;
      };
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "on_hand": 5,
         *       "low_stock_threshold": 2
         *     }
         */
        'application/json':
          | {
              /** @description the number of units in the warehouse */
              on_hand: number;
              low_stock_threshold?: number | null;
              /** @description how many more units than on hand can be reserved */
              backorder_limit?: number;
            }
          | {
              /** @description how many units came, or, if negative, went; 0 changes only the settings */
              adjust: number;
              /** @description stands in the ledger */
              reason: string;
              low_stock_threshold?: number | null;
              /** @description how many more units than on hand can be reserved */
              backorder_limit?: number;
            };
      };
    };
    responses: {
      /** @description the stock */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the stock, `-`, and a digest of the resource, quoted */
          ETag?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "sku": "lamp",
           *       "on_hand": 5,
           *       "reserved": 1,
           *       "available": 4,
           *       "low_stock_threshold": 2,
           *       "backorder_limit": 0,
           *       "version": 2,
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Stock'];
        };
      };
      /** @description the stock of a product that had none */
      201: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the stock, `-`, and a digest of the resource, quoted */
          ETag?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "sku": "lamp",
           *       "on_hand": 5,
           *       "reserved": 0,
           *       "available": 5,
           *       "low_stock_threshold": 2,
           *       "backorder_limit": 0,
           *       "version": 1,
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Stock'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.no_stock.product_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.request_in_progress.stock_below_reserved'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  removeStock: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the product is not stock-kept any more */
      204: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.no_stock.product_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.stock_below_reserved'];
      412: components['responses']['412.precondition_failed'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listStock: {
    parameters: {
      query?: {
        /** @description true: only products of which no more units than `low_stock_threshold` are available */
        low?: 'true' | 'false';
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of stock */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "sku": "lamp",
           *           "on_hand": 5,
           *           "reserved": 1,
           *           "available": 4,
           *           "low_stock_threshold": 2,
           *           "backorder_limit": 0,
           *           "version": 2,
           *           "updated_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['StockList'];
        };
      };
      /** @description the caller already has this response */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description identifies the content of the response */
          ETag?: string;
          /** @description `private, no-cache`: the caller may keep the response, and asks with If-None-Match whether it still holds */
          'Cache-Control'?: string;
          /** @description `Authorization`: another token can get another response */
          Vary?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded.too_many_reads'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listStockLedger: {
    parameters: {
      query?: {
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path: {
        /** @description the product_id, or `sku:` and the sku of one of the caller's own products: `sku:LAMP-1` */
        product: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of entries */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "entry_id": "42",
           *           "cause": "order_placed",
           *           "change": {
           *             "on_hand": 0,
           *             "reserved": 1
           *           },
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "reservation_id": null,
           *           "reason": null,
           *           "actor": "lamp-shop",
           *           "occurred_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['StockLedger'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.product_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listReservations: {
    parameters: {
      query?: {
        status?: components['schemas']['ReservationStatus'];
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of reservations */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "reservation_id": "01a1fc42-fc03-72fd-b531-1111a4fbee17",
           *           "status": "active",
           *           "items": [
           *             {
           *               "product_id": "lamp",
           *               "quantity": 2
           *             }
           *           ],
           *           "expires_at": "2026-11-21T04:15:10.755Z",
           *           "order_id": null,
           *           "version": 1,
           *           "created_at": "2026-11-21T04:00:10.755Z",
           *           "updated_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['ReservationList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded.too_many_reads'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  createReservation: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "items": [
         *         {
         *           "product_id": "lamp",
         *           "quantity": 2
         *         }
         *       ],
         *       "expires_in_seconds": 900
         *     }
         */
        'application/json': {
          items: {
            /** @description the code (`sku`) of the product, as in the items of orders */
            product_id: string;
            quantity: number;
          }[];
          /**
           * @description the number of seconds from now until it expires; at most 7 days
           * @default 900
           */
          expires_in_seconds?: number;
        };
      };
    };
    responses: {
      /** @description the reservation */
      201: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the reservation, quoted */
          ETag?: string;
          /** @description the path of the reservation */
          Location?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "reservation_id": "01a1fc42-fc03-72fd-b531-1111a4fbee17",
           *       "status": "active",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 2
           *         }
           *       ],
           *       "expires_at": "2026-11-21T04:15:10.755Z",
           *       "order_id": null,
           *       "version": 1,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Reservation'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.out_of_stock.request_in_progress'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused.inactive_product.unknown_product'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getReservation: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        reservation_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the reservation */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the reservation, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "reservation_id": "01a1fc42-fc03-72fd-b531-1111a4fbee17",
           *       "status": "active",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 2
           *         }
           *       ],
           *       "expires_at": "2026-11-21T04:15:10.755Z",
           *       "order_id": null,
           *       "version": 1,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Reservation'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.reservation_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  releaseReservation: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        reservation_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the reservation holds nothing any more */
      204: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.reservation_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.reservation_expired'];
      412: components['responses']['412.precondition_failed'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  extendReservation: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        reservation_id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "expires_in_seconds": 3600
         *     }
         */
        'application/json': {
          /** @description the number of seconds from now until it expires; at most 7 days */
          expires_in_seconds: number;
        };
      };
    };
    responses: {
      /** @description the reservation */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the reservation, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "reservation_id": "01a1fc42-fc03-72fd-b531-1111a4fbee17",
           *       "status": "active",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 2
           *         }
           *       ],
           *       "expires_at": "2026-11-21T05:10:10.755Z",
           *       "order_id": null,
           *       "version": 2,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Reservation'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.reservation_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.reservation_expired'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listOrders: {
    parameters: {
      query?: {
        /** @description can be repeated */
        status?: components['schemas']['OrderStatus'][];
        customer_id?: string;
        /** @description only orders that contain this product */
        product_id?: string;
        /** @description inclusive */
        created_from?: string;
        /** @description exclusive */
        created_to?: string;
        /** @description inclusive */
        updated_from?: string;
        /** @description exclusive */
        updated_to?: string;
        /** @description a leading - means descending */
        sort?: 'created_at' | '-created_at' | 'updated_at' | '-updated_at' | 'total_amount' | '-total_amount';
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of orders */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the first and the next page (RFC 8288) */
          Link?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "customer_id": "ada",
           *           "items": [
           *             {
           *               "product_id": "lamp",
           *               "quantity": 1,
           *               "unit_price": 79.9
           *             }
           *           ],
           *           "currency": "USD",
           *           "metadata": {
           *             "channel": "web"
           *           },
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "total_amount": 79.9,
           *           "status": "PENDING_SHIPMENT",
           *           "version": 1,
           *           "cancellation": null,
           *           "shipping": null,
           *           "created_at": "2026-11-21T04:00:10.755Z",
           *           "updated_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['OrderList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      422: components['responses']['422.query_too_broad'];
      429: components['responses']['429.quota_exceeded.too_many_reads'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  placeOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "customer_id": "ada",
         *       "items": [
         *         {
         *           "product_id": "lamp",
         *           "quantity": 1,
         *           "unit_price": 79.9
         *         }
         *       ],
         *       "currency": "USD",
         *       "metadata": {
         *         "channel": "web"
         *       }
         *     }
         */
        'application/json': {
          customer_id: string;
          items: {
            /** @description the code of the product in the catalogue (its `sku`), or any text for an item that is not in it */
            product_id: string;
            quantity: number;
            /** @description without it, the price in the catalogue */
            unit_price?: number;
          }[];
          /** @default USD */
          currency?: components['schemas']['Currency'];
          /** @default {} */
          metadata?: {
            [key: string]: string;
          };
          /** Format: date-time */
          client_timestamp?: string;
          /**
           * Format: uuid
           * @description the reservation whose stock the order takes over
           */
          reservation_id?: string;
        };
      };
    };
    responses: {
      /** @description the order of an earlier request with the same content, both without a key */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the order, quoted */
          ETag?: string;
          /** @description the path of the order */
          Location?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "customer_id": "ada",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 1,
           *           "unit_price": 79.9
           *         }
           *       ],
           *       "currency": "USD",
           *       "metadata": {
           *         "channel": "web"
           *       },
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "total_amount": 79.9,
           *       "status": "PENDING_SHIPMENT",
           *       "version": 1,
           *       "cancellation": null,
           *       "shipping": null,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Order'];
        };
      };
      /** @description the order is placed, or was placed before with this key */
      201: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the order, quoted */
          ETag?: string;
          /** @description the path of the order */
          Location?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "customer_id": "ada",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 1,
           *           "unit_price": 79.9
           *         }
           *       ],
           *       "currency": "USD",
           *       "metadata": {
           *         "channel": "web"
           *       },
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "total_amount": 79.9,
           *       "status": "PENDING_SHIPMENT",
           *       "version": 1,
           *       "cancellation": null,
           *       "shipping": null,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Order'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.out_of_stock.request_in_progress.reservation_expired'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.catalogue_mismatch.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the order */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the order, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "customer_id": "ada",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 1,
           *           "unit_price": 79.9
           *         }
           *       ],
           *       "currency": "USD",
           *       "metadata": {
           *         "channel": "web"
           *       },
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "total_amount": 79.9,
           *       "status": "PENDING_SHIPMENT",
           *       "version": 1,
           *       "cancellation": null,
           *       "shipping": null,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Order'];
        };
      };
      /** @description the caller already has this version */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the order, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.order_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getTimeline: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the events */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "event_id": "01a1fc42-fc04-7c3d-8a7b-6f1f0a6f2d10",
           *           "version": 1,
           *           "type": "ORDER_CREATED",
           *           "actor": "demo-client",
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "published_at": "2026-11-21T04:00:10.790Z",
           *           "correlation_id": "bff04cd8-ee8a-42d7-b8ec-f03b3060ad41",
           *           "payload": {
           *             "client_id": "demo-client",
           *             "customer_id": "ada",
           *             "total_amount": 79.9
           *           }
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['Timeline'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.order_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  cancelOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the cancellation request is recorded */
      202: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the order, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "customer_id": "ada",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 1,
           *           "unit_price": 79.9
           *         }
           *       ],
           *       "currency": "USD",
           *       "metadata": {
           *         "channel": "web"
           *       },
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "total_amount": 79.9,
           *       "status": "PENDING_SHIPMENT",
           *       "version": 2,
           *       "cancellation": "requested",
           *       "shipping": null,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Order'];
        };
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.order_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.cancellation_refused.illegal_transition'];
      412: components['responses']['412.precondition_failed'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  exportOrders: {
    parameters: {
      query?: {
        /** @description can be repeated */
        status?: components['schemas']['OrderStatus'][];
        customer_id?: string;
        /** @description only orders that contain this product */
        product_id?: string;
        /** @description inclusive */
        created_from?: string;
        /** @description exclusive */
        created_to?: string;
        /** @description inclusive */
        updated_from?: string;
        /** @description exclusive */
        updated_to?: string;
        format?: 'ndjson' | 'csv';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the orders; for NDJSON, the schema describes one line */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the file name */
          'Content-Disposition'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "customer_id": "ada",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 1,
           *           "unit_price": 79.9
           *         }
           *       ],
           *       "currency": "USD",
           *       "metadata": {
           *         "channel": "web"
           *       },
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "total_amount": 79.9,
           *       "status": "PENDING_SHIPMENT",
           *       "version": 1,
           *       "cancellation": null,
           *       "shipping": null,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/x-ndjson': components['schemas']['Order'];
          /** @example order_id,customer_id,status,currency,total_amount,items,cancellation,carrier,tracking_number,estimated_delivery,metadata,version,created_at,updated_at */
          'text/csv': string;
        };
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded.too_many_reads'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  placeOrders: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "customer_id": "ada",
         *       "items": [
         *         {
         *           "product_id": "lamp",
         *           "quantity": 1,
         *           "unit_price": 79.9
         *         }
         *       ],
         *       "currency": "USD",
         *       "metadata": {
         *         "channel": "web"
         *       },
         *       "idempotency_key": "order-4711"
         *     }
         */
        'application/x-ndjson': components['schemas']['OrderLine'];
        /**
         * @example {
         *       "customer_id": "ada",
         *       "items": [
         *         {
         *           "product_id": "lamp",
         *           "quantity": 1,
         *           "unit_price": 79.9
         *         }
         *       ],
         *       "currency": "USD",
         *       "metadata": {
         *         "channel": "web"
         *       },
         *       "idempotency_key": "order-4711"
         *     }
         */
        'application/ndjson': components['schemas']['OrderLine'];
      };
    };
    responses: {
      /** @description NDJSON: one result per line */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "line": 1,
           *       "status": 201,
           *       "replayed": false,
           *       "order": {
           *         "customer_id": "ada",
           *         "items": [
           *           {
           *             "product_id": "lamp",
           *             "quantity": 1,
           *             "unit_price": 79.9
           *           }
           *         ],
           *         "currency": "USD",
           *         "metadata": {
           *           "channel": "web"
           *         },
           *         "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *         "total_amount": 79.9,
           *         "status": "PENDING_SHIPMENT",
           *         "version": 1,
           *         "cancellation": null,
           *         "shipping": null,
           *         "created_at": "2026-11-21T04:00:10.755Z",
           *         "updated_at": "2026-11-21T04:00:10.755Z"
           *       }
           *     }
           */
          'application/x-ndjson': components['schemas']['BulkResult'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listEvents: {
    parameters: {
      query?: {
        /** @description `next_cursor` of the previous answer; `latest` begins now; without it, at the oldest event */
        after?: string;
        /** @description can be repeated, or have several types with commas between them; without it and `product_id`, all types of orders */
        types?: components['schemas']['PublicEventType'][];
        /** @description only the events of this order */
        order_id?: string;
        /** @description only the events of orders of this customer */
        customer_id?: string;
        /** @description only the events of this product and of its stock */
        product_id?: string;
        limit?: number;
        /** @description how many seconds to wait for an event when there is none */
        wait?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the next events */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4",
           *           "type": "order.created",
           *           "api_version": "2026-11-01",
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "version": 1,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "order": {
           *               "customer_id": "ada",
           *               "items": [
           *                 {
           *                   "product_id": "lamp",
           *                   "quantity": 1,
           *                   "unit_price": 79.9
           *                 }
           *               ],
           *               "currency": "USD",
           *               "metadata": {
           *                 "channel": "web"
           *               },
           *               "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *               "total_amount": 79.9,
           *               "status": "PENDING_SHIPMENT",
           *               "version": 1,
           *               "cancellation": null,
           *               "shipping": null,
           *               "created_at": "2026-11-21T04:00:10.755Z",
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             }
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "product.created",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 1,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "product": {
           *               "sku": "lamp",
           *               "name": "Desk lamp",
           *               "description": "Metal, 40 cm high",
           *               "category": "home/lighting",
           *               "currency": "USD",
           *               "price": 79.9,
           *               "weight_grams": 1200,
           *               "attributes": {
           *                 "colour": "green"
           *               },
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "tax_class": null,
           *               "image_url": null,
           *               "active": true,
           *               "version": 1,
           *               "created_at": "2026-11-21T04:00:10.755Z",
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             }
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "product.updated",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 2,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "product": {
           *               "sku": "lamp",
           *               "name": "Desk lamp with dimmer",
           *               "description": "Metal, 40 cm high",
           *               "category": "home/lighting",
           *               "currency": "USD",
           *               "price": 79.9,
           *               "weight_grams": 1200,
           *               "attributes": {
           *                 "colour": "green"
           *               },
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "tax_class": null,
           *               "image_url": null,
           *               "active": true,
           *               "version": 2,
           *               "created_at": "2026-11-21T04:00:10.755Z",
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             }
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "product.price_changed",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 3,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "product": {
           *               "sku": "lamp",
           *               "name": "Desk lamp",
           *               "description": "Metal, 40 cm high",
           *               "category": "home/lighting",
           *               "currency": "USD",
           *               "price": 69.9,
           *               "weight_grams": 1200,
           *               "attributes": {
           *                 "colour": "green"
           *               },
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "tax_class": null,
           *               "image_url": null,
           *               "active": true,
           *               "version": 3,
           *               "created_at": "2026-11-21T04:00:10.755Z",
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             },
           *             "previous_price": 79.9
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "product.deleted",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 4,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "product": {
           *               "sku": "lamp",
           *               "name": "Desk lamp",
           *               "description": "Metal, 40 cm high",
           *               "category": "home/lighting",
           *               "currency": "USD",
           *               "price": 79.9,
           *               "weight_grams": 1200,
           *               "attributes": {
           *                 "colour": "green"
           *               },
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "tax_class": null,
           *               "image_url": null,
           *               "active": false,
           *               "version": 4,
           *               "created_at": "2026-11-21T04:00:10.755Z",
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             }
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "inventory.reserved",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 2,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "stock": {
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "sku": "lamp",
           *               "on_hand": 5,
           *               "reserved": 3,
           *               "available": 2,
           *               "low_stock_threshold": 2,
           *               "backorder_limit": 0,
           *               "version": 2,
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             },
           *             "change": {
           *               "on_hand": 0,
           *               "reserved": 3,
           *               "causes": {
           *                 "order_placed": 2
           *               }
           *             }
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "inventory.released",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 4,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "stock": {
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "sku": "lamp",
           *               "on_hand": 5,
           *               "reserved": 2,
           *               "available": 3,
           *               "low_stock_threshold": 2,
           *               "backorder_limit": 0,
           *               "version": 4,
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             },
           *             "change": {
           *               "on_hand": 0,
           *               "reserved": -1,
           *               "causes": {
           *                 "order_cancelled": 1
           *               }
           *             }
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "inventory.updated",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 1,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "stock": {
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "sku": "lamp",
           *               "on_hand": 5,
           *               "reserved": 0,
           *               "available": 5,
           *               "low_stock_threshold": 2,
           *               "backorder_limit": 0,
           *               "version": 1,
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             },
           *             "change": {
           *               "on_hand": 5,
           *               "reserved": 0,
           *               "causes": {
           *                 "set": 1
           *               }
           *             }
           *           }
           *         },
           *         {
           *           "id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5",
           *           "type": "inventory.low",
           *           "api_version": "2026-11-01",
           *           "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *           "version": 3,
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "correlation_id": "7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53",
           *           "data": {
           *             "stock": {
           *               "product_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *               "sku": "lamp",
           *               "on_hand": 5,
           *               "reserved": 3,
           *               "available": 2,
           *               "low_stock_threshold": 2,
           *               "backorder_limit": 0,
           *               "version": 3,
           *               "updated_at": "2026-11-21T04:00:10.755Z"
           *             },
           *             "change": {
           *               "on_hand": 0,
           *               "reserved": 3,
           *               "causes": {
           *                 "order_placed": 2
           *               }
           *             }
           *           }
           *         }
           *       ],
           *       "next_cursor": "AAAAAAAAACqNXGwaL3vp1A",
           *       "has_more": false
           *     }
           */
          'application/json': components['schemas']['PublicEventList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      410: components['responses']['410.events_pruned.history_changed'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeOrderStatus: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "status": "SHIPPED",
         *       "carrier": "simulated",
         *       "tracking_number": "SIMB5DDBAEE0636",
         *       "estimated_delivery": "2026-11-24T04:00:10.790Z"
         *     }
         */
        'application/json': components['schemas']['OrderStep'];
      };
    };
    responses: {
      /** @description the order after the change */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the order, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "customer_id": "ada",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 1,
           *           "unit_price": 79.9
           *         }
           *       ],
           *       "currency": "USD",
           *       "metadata": {
           *         "channel": "web"
           *       },
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "total_amount": 79.9,
           *       "status": "SHIPPED",
           *       "version": 2,
           *       "cancellation": null,
           *       "shipping": {
           *         "carrier": "simulated",
           *         "tracking_number": "SIMB5DDBAEE0636",
           *         "estimated_delivery": "2026-11-24T04:00:10.790Z"
           *       },
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:12.800Z"
           *     }
           */
          'application/json': components['schemas']['Order'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.order_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.illegal_transition'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      502: components['responses']['502.bad_gateway'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeOrderShipping: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "carrier": "simulated",
         *       "tracking_number": "SIMB5DDBAEE0636",
         *       "estimated_delivery": "2026-11-24T04:00:10.790Z"
         *     }
         */
        'application/json': components['schemas']['ShippingChange'];
      };
    };
    responses: {
      /** @description the order after the change */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the order, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "customer_id": "ada",
           *       "items": [
           *         {
           *           "product_id": "lamp",
           *           "quantity": 1,
           *           "unit_price": 79.9
           *         }
           *       ],
           *       "currency": "USD",
           *       "metadata": {
           *         "channel": "web"
           *       },
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "total_amount": 79.9,
           *       "status": "SHIPPED",
           *       "version": 2,
           *       "cancellation": null,
           *       "shipping": {
           *         "carrier": "simulated",
           *         "tracking_number": "SIMB5DDBAEE0636",
           *         "estimated_delivery": "2026-11-24T04:00:10.790Z"
           *       },
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:12.800Z"
           *     }
           */
          'application/json': components['schemas']['Order'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.order_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.illegal_transition'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      502: components['responses']['502.bad_gateway'];
      503: components['responses']['503.unavailable'];
    };
  };
  getOrderShipment: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the shipment */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "status": "SHIPPED",
           *       "version": 2,
           *       "attempts": 0,
           *       "carrier": "simulated",
           *       "tracking_number": "SIMB5DDBAEE0636",
           *       "estimated_delivery": "2026-11-24T04:00:10.790Z",
           *       "stale": false,
           *       "as_of": "2026-11-21T04:00:12.800Z"
           *     }
           */
          'application/json': components['schemas']['OrderShipment'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.order_not_found.shipment_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      502: components['responses']['502.bad_gateway'];
      503: components['responses']['503.unavailable'];
    };
  };
  listFindings: {
    parameters: {
      query?: {
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of findings */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "kind": "shipment_without_order",
           *           "order_status": null,
           *           "order_version": null,
           *           "applied_shipment_version": null,
           *           "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
           *           "shipment_status": "SHIPPED",
           *           "shipment_version": 2,
           *           "first_seen_at": "2026-11-21T04:02:10.790Z",
           *           "last_seen_at": "2026-11-21T04:03:10.790Z",
           *           "accepted_by": null
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['FindingList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  acceptFinding: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the finding is accepted */
      204: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.finding_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listWebhooks: {
    parameters: {
      query?: {
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of endpoints */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "endpoint_id": "01a1fc42-fc03-72fd-b531-1111a4fbee14",
           *           "client_id": "lamp-shop",
           *           "url": "https://hooks.shop.example/orders",
           *           "event_types": [
           *             "order.shipped",
           *             "order.delivered"
           *           ],
           *           "enabled": true,
           *           "disabled_reason": null,
           *           "description": "the shop",
           *           "metadata": {},
           *           "previous_secret_until": null,
           *           "missed_before": null,
           *           "version": 1,
           *           "created_at": "2026-11-21T04:00:10.755Z",
           *           "updated_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['WebhookEndpointList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  createWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "url": "https://hooks.shop.example/orders",
         *       "event_types": [
         *         "order.shipped",
         *         "order.delivered"
         *       ],
         *       "description": "the shop"
         *     }
         */
        'application/json': {
          /**
           * Format: uri
           * @description https, with a public host, without user name and fragment; it is stored in normalised form
           */
          url: string;
          /** @description null, or absent: all types, also those of later versions */
          event_types?: components['schemas']['WebhookEventType'][] | null;
          /** @default true */
          enabled?: boolean;
          /** @default null */
          description?: string | null;
          /** @default {} */
          metadata?: {
            [key: string]: string;
          };
        };
      };
    };
    responses: {
      /** @description the endpoint and its secret */
      201: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the endpoint, quoted */
          ETag?: string;
          /** @description the path of the endpoint */
          Location?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "endpoint_id": "01a1fc42-fc03-72fd-b531-1111a4fbee14",
           *       "client_id": "lamp-shop",
           *       "url": "https://hooks.shop.example/orders",
           *       "event_types": [
           *         "order.shipped",
           *         "order.delivered"
           *       ],
           *       "enabled": true,
           *       "disabled_reason": null,
           *       "description": "the shop",
           *       "metadata": {},
           *       "previous_secret_until": null,
           *       "missed_before": null,
           *       "version": 1,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z",
           *       "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD8Vr4Ja0DzFw="
           *     }
           */
          'application/json': components['schemas']['WebhookEndpointWithSecret'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.request_in_progress.webhook_limit_reached'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path: {
        endpoint_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the endpoint */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the endpoint, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "endpoint_id": "01a1fc42-fc03-72fd-b531-1111a4fbee14",
           *       "client_id": "lamp-shop",
           *       "url": "https://hooks.shop.example/orders",
           *       "event_types": [
           *         "order.shipped",
           *         "order.delivered"
           *       ],
           *       "enabled": true,
           *       "disabled_reason": null,
           *       "description": "the shop",
           *       "metadata": {},
           *       "previous_secret_until": null,
           *       "missed_before": null,
           *       "version": 1,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['WebhookEndpoint'];
        };
      };
      /** @description the caller already has this version */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the endpoint, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  removeWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        endpoint_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the endpoint is removed */
      204: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      412: components['responses']['412.precondition_failed'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeWebhook: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path: {
        endpoint_id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "enabled": false
         *     }
         */
        'application/json': {
          /**
           * Format: uri
           * @description https, with a public host, without user name and fragment; it is stored in normalised form
           */
          url?: string;
          enabled?: boolean;
          description?: string | null;
          /** @description null: all types, also those of later versions */
          event_types?: components['schemas']['WebhookEventType'][] | null;
          metadata?: {
            [key: string]: string;
          };
        };
      };
    };
    responses: {
      /** @description the endpoint */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the endpoint, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "endpoint_id": "01a1fc42-fc03-72fd-b531-1111a4fbee14",
           *       "client_id": "lamp-shop",
           *       "url": "https://hooks.shop.example/orders",
           *       "event_types": [
           *         "order.shipped",
           *         "order.delivered"
           *       ],
           *       "enabled": false,
           *       "disabled_reason": "by_client",
           *       "description": "the shop",
           *       "metadata": {},
           *       "previous_secret_until": null,
           *       "missed_before": null,
           *       "version": 2,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['WebhookEndpoint'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  rotateWebhookSecret: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path: {
        endpoint_id: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "grace_seconds": 3600
         *     }
         */
        'application/json': {
          /**
           * @description how long requests also have the signature of the old secret
           * @default 86400
           */
          grace_seconds?: number;
        };
      };
    };
    responses: {
      /** @description the endpoint and its new secret */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the endpoint, quoted */
          ETag?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "endpoint_id": "01a1fc42-fc03-72fd-b531-1111a4fbee14",
           *       "client_id": "lamp-shop",
           *       "url": "https://hooks.shop.example/orders",
           *       "event_types": [
           *         "order.shipped",
           *         "order.delivered"
           *       ],
           *       "enabled": true,
           *       "disabled_reason": null,
           *       "description": "the shop",
           *       "metadata": {},
           *       "previous_secret_until": "2026-11-22T04:00:10.755Z",
           *       "missed_before": null,
           *       "version": 2,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "updated_at": "2026-11-21T04:00:10.755Z",
           *       "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD8Vr4Ja0DzFw="
           *     }
           */
          'application/json': components['schemas']['WebhookEndpointWithSecret'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.request_in_progress'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  testWebhook: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpoint_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the outcome, also when the endpoint failed */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "event_id": "01a1fc42-fc03-72fd-b531-1111a4fbee15",
           *       "succeeded": true,
           *       "http_status": 200,
           *       "latency_ms": 42,
           *       "error": null,
           *       "response_excerpt": "ok"
           *     }
           */
          'application/json': components['schemas']['WebhookTestOutcome'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listWebhookDeliveries: {
    parameters: {
      query?: {
        status?: 'pending' | 'succeeded' | 'failed';
        order_id?: string;
        type?:
          | 'order.created'
          | 'order.updated'
          | 'order.shipped'
          | 'order.in_transit'
          | 'order.out_for_delivery'
          | 'order.delivered'
          | 'order.delivery_failed'
          | 'order.returned'
          | 'order.cancellation_requested'
          | 'order.cancellation_refused'
          | 'order.cancelled'
          | 'product.created'
          | 'product.updated'
          | 'product.price_changed'
          | 'product.deleted'
          | 'inventory.reserved'
          | 'inventory.released'
          | 'inventory.updated'
          | 'inventory.low'
          | 'webhook.disabled'
          | 'webhook.events_missed';
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path: {
        endpoint_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of deliveries */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "event_id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4",
           *           "type": "order.created",
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "version": 1,
           *           "status": "succeeded",
           *           "attempts": 1,
           *           "next_attempt_at": null,
           *           "last_attempt": {
           *             "attempt": 1,
           *             "attempted_at": "2026-11-21T04:00:10.811Z",
           *             "succeeded": true,
           *             "http_status": 200,
           *             "latency_ms": 42,
           *             "error": null,
           *             "response_excerpt": "ok"
           *           }
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['WebhookDeliveryList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded.too_many_reads'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getWebhookDelivery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpoint_id: string;
        event_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the delivery */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "event_id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4",
           *       "type": "order.created",
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "version": 1,
           *       "status": "succeeded",
           *       "attempts": 1,
           *       "next_attempt_at": null,
           *       "last_attempt": {
           *         "attempt": 1,
           *         "attempted_at": "2026-11-21T04:00:10.811Z",
           *         "succeeded": true,
           *         "http_status": 200,
           *         "latency_ms": 42,
           *         "error": null,
           *         "response_excerpt": "ok"
           *       },
           *       "history": [
           *         {
           *           "attempt": 1,
           *           "attempted_at": "2026-11-21T04:00:10.811Z",
           *           "succeeded": true,
           *           "http_status": 200,
           *           "latency_ms": 42,
           *           "error": null,
           *           "response_excerpt": "ok"
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['WebhookDeliveryWithAttempts'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.delivery_not_found.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  retryWebhookDelivery: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpoint_id: string;
        event_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the delivery, which is pending */
      202: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "event_id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4",
           *       "type": "order.created",
           *       "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *       "version": 1,
           *       "status": "pending",
           *       "attempts": 1,
           *       "next_attempt_at": "2026-11-21T04:20:00.000Z",
           *       "last_attempt": {
           *         "attempt": 1,
           *         "attempted_at": "2026-11-21T04:00:10.811Z",
           *         "succeeded": true,
           *         "http_status": 200,
           *         "latency_ms": 42,
           *         "error": null,
           *         "response_excerpt": "ok"
           *       }
           *     }
           */
          'application/json': components['schemas']['WebhookDelivery'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.delivery_not_found.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.webhook_disabled'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  replayWebhookEvents: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; a repeated request with the same key gets the same response, without any secret */
        'Idempotency-Key'?: string;
      };
      path: {
        endpoint_id: string;
      };
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "from": "2026-11-20T00:00:00.000Z",
         *       "to": "2026-11-21T00:00:00.000Z"
         *     }
         */
        'application/json': {
          /**
           * Format: date-time
           * @description when the first events occurred
           */
          from: string;
          /**
           * Format: date-time
           * @description events that occurred then or later are left out; absent: now
           */
          to?: string;
        };
      };
    };
    responses: {
      /** @description the replay, which has begun */
      202: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the path of the replay */
          Location?: string;
          /** @description `true` when this response repeats an earlier one */
          'Idempotency-Replayed'?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "replay_id": "01a1fc42-fc03-72fd-b531-1111a4fbee16",
           *       "endpoint_id": "01a1fc42-fc03-72fd-b531-1111a4fbee14",
           *       "from": "2026-11-20T00:00:00.000Z",
           *       "to": "2026-11-21T00:00:00.000Z",
           *       "status": "in_progress",
           *       "queued": 0,
           *       "is_complete": true,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "ended_at": null
           *     }
           */
          'application/json': components['schemas']['WebhookReplay'];
        };
      };
      400: components['responses']['400.invalid_idempotency_key.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.replay_in_progress.request_in_progress.webhook_disabled'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      422: components['responses']['422.idempotency_key_reused'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getWebhookReplay: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        endpoint_id: string;
        replay_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the replay */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "replay_id": "01a1fc42-fc03-72fd-b531-1111a4fbee16",
           *       "endpoint_id": "01a1fc42-fc03-72fd-b531-1111a4fbee14",
           *       "from": "2026-11-20T00:00:00.000Z",
           *       "to": "2026-11-21T00:00:00.000Z",
           *       "status": "in_progress",
           *       "queued": 0,
           *       "is_complete": true,
           *       "created_at": "2026-11-21T04:00:10.755Z",
           *       "ended_at": null
           *     }
           */
          'application/json': components['schemas']['WebhookReplay'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.replay_not_found.webhook_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getNotificationSettings: {
    parameters: {
      query?: never;
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the settings */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the settings, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "low_stock": {
           *         "enabled": true,
           *         "recipients": [
           *           "ops@shop.example"
           *         ]
           *       },
           *       "version": 2,
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['NotificationSettings'];
        };
      };
      /** @description the caller already has this version */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the settings, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeNotificationSettings: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody: {
      content: {
        /**
         * @example {
         *       "low_stock": {
         *         "enabled": true,
         *         "recipients": [
         *           "ops@shop.example"
         *         ]
         *       }
         *     }
         */
        'application/json': {
          low_stock: {
            /** @description whether a mail is sent when the available stock of a product falls to its threshold */
            enabled: boolean;
            /** @description e-mail addresses of operators; an address that occurs several times is kept once */
            recipients: string[];
          };
        };
      };
    };
    responses: {
      /** @description the settings */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the settings, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "low_stock": {
           *         "enabled": true,
           *         "recipients": [
           *           "ops@shop.example"
           *         ]
           *       },
           *       "version": 2,
           *       "updated_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['NotificationSettings'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listNotifications: {
    parameters: {
      query?: {
        status?: 'pending' | 'sent' | 'failed' | 'not_sent';
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of notifications */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "notification_id": "01a1fc42-fc03-72fd-b531-1111a4fbee17",
           *           "client_id": "lamp-shop",
           *           "kind": "low_stock",
           *           "event_id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4",
           *           "recipient": "ops@shop.example",
           *           "subject": "Low stock: Desk lamp (LAMP-1): 3 available, threshold 5",
           *           "status": "sent",
           *           "attempts": 1,
           *           "next_attempt_at": null,
           *           "sent_at": "2026-11-21T04:00:11.204Z",
           *           "last_error": null,
           *           "created_at": "2026-11-21T04:00:10.755Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['NotificationList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded.too_many_reads'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  retryNotification: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        notification_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the notification, which is pending */
      202: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "notification_id": "01a1fc42-fc03-72fd-b531-1111a4fbee17",
           *       "client_id": "lamp-shop",
           *       "kind": "low_stock",
           *       "event_id": "01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4",
           *       "recipient": "ops@shop.example",
           *       "subject": "Low stock: Desk lamp (LAMP-1): 3 available, threshold 5",
           *       "status": "pending",
           *       "attempts": 1,
           *       "next_attempt_at": "2026-11-21T04:20:00.000Z",
           *       "sent_at": null,
           *       "last_error": "the mail server answered: 550 5.1.1 no such user",
           *       "created_at": "2026-11-21T04:00:10.755Z"
           *     }
           */
          'application/json': components['schemas']['Notification'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.notification_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.mail_not_configured.notification_not_failed'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  streamOrderEvents: {
    parameters: {
      query?: {
        /** @description the id of the last event that was received; the header Last-Event-ID takes precedence */
        after?: string;
      };
      header?: {
        /** @description the id of the last event that was received */
        'Last-Event-ID'?: string;
      };
      path: {
        order_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the events, until one side ends the stream */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example id: AAAAAAAAACqNXGwaL3vp1A
           *     event: order.created
           *     data: {"id":"01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4","type":"order.created","api_version":"2026-11-01","order_id":"01a1fc42-fc03-72fd-b531-1111a4fbee12","version":1,"occurred_at":"2026-11-21T04:00:10.755Z","correlation_id":"7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53","data":{"order":{"customer_id":"ada","items":[{"product_id":"lamp","quantity":1,"unit_price":79.9}],"currency":"USD","metadata":{"channel":"web"},"order_id":"01a1fc42-fc03-72fd-b531-1111a4fbee12","total_amount":79.9,"status":"PENDING_SHIPMENT","version":1,"cancellation":null,"shipping":null,"created_at":"2026-11-21T04:00:10.755Z","updated_at":"2026-11-21T04:00:10.755Z"}}}
           */
          'text/event-stream': string;
        };
      };
      /** @description the order has its final status, and there is no event behind the cursor */
      204: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.order_not_found'];
      408: components['responses']['408.request_timeout'];
      410: components['responses']['410.events_pruned.history_changed'];
      429: components['responses']['429.quota_exceeded.too_many_streams'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  streamEvents: {
    parameters: {
      query?: {
        /** @description the id of the last event that was received; the header Last-Event-ID takes precedence */
        after?: string;
        customer_id?: string;
        /** @description the status of the order after the event */
        status?: components['schemas']['OrderStatus'];
        /** @description can be repeated, or have several types with commas between them */
        types?: components['schemas']['OrderEventType'][];
      };
      header?: {
        /** @description the id of the last event that was received */
        'Last-Event-ID'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the events, until one side ends the stream */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example id: AAAAAAAAACqNXGwaL3vp1A
           *     event: order.created
           *     data: {"id":"01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d4","type":"order.created","api_version":"2026-11-01","order_id":"01a1fc42-fc03-72fd-b531-1111a4fbee12","version":1,"occurred_at":"2026-11-21T04:00:10.755Z","correlation_id":"7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53","data":{"order":{"customer_id":"ada","items":[{"product_id":"lamp","quantity":1,"unit_price":79.9}],"currency":"USD","metadata":{"channel":"web"},"order_id":"01a1fc42-fc03-72fd-b531-1111a4fbee12","total_amount":79.9,"status":"PENDING_SHIPMENT","version":1,"cancellation":null,"shipping":null,"created_at":"2026-11-21T04:00:10.755Z","updated_at":"2026-11-21T04:00:10.755Z"}}}
           */
          'text/event-stream': string;
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      410: components['responses']['410.events_pruned.history_changed'];
      429: components['responses']['429.quota_exceeded.too_many_streams'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  streamProductEvents: {
    parameters: {
      query?: {
        /** @description the id of the last event that was received; the header Last-Event-ID takes precedence */
        after?: string;
        /** @description only the events of this product and of its stock */
        product_id?: string;
        /** @description can be repeated, or have several types with commas between them */
        types?: components['schemas']['CatalogueEventType'][];
      };
      header?: {
        /** @description the id of the last event that was received */
        'Last-Event-ID'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the events, until one side ends the stream */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example id: AAAAAAAAACqNXGwaL3vp1Q
           *     event: inventory.reserved
           *     data: {"id":"01a1fc42-fc05-7a0e-8d5c-6c1a2f7be9d5","type":"inventory.reserved","api_version":"2026-11-01","product_id":"01a1fc42-fc03-72fd-b531-1111a4fbee15","version":2,"occurred_at":"2026-11-21T04:00:10.755Z","correlation_id":"7b0f6bd8-64bc-4f4c-9ad7-a0f3b0ab6d53","data":{"stock":{"product_id":"01a1fc42-fc03-72fd-b531-1111a4fbee15","sku":"lamp","on_hand":5,"reserved":3,"available":2,"low_stock_threshold":2,"backorder_limit":0,"version":2,"updated_at":"2026-11-21T04:00:10.755Z"},"change":{"on_hand":0,"reserved":3,"causes":{"order_placed":2}}}}
           */
          'text/event-stream': string;
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      410: components['responses']['410.events_pruned.history_changed'];
      429: components['responses']['429.quota_exceeded.too_many_streams'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  openWebSocket: {
    parameters: {
      query?: never;
      header?: {
        /** @description `orders.v1`; in browsers `orders.v1, bearer.` followed by the access token */
        'Sec-WebSocket-Protocol'?: string;
      };
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the connection is a WebSocket */
      101: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope.origin_not_allowed'];
      408: components['responses']['408.request_timeout'];
      426: components['responses']['426.upgrade_required'];
      429: components['responses']['429.quota_exceeded.too_many_streams'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listQueues: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the queues */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "name": "orders-queue.fifo",
           *           "depth": 3,
           *           "in_flight": 1,
           *           "delayed": 0,
           *           "dead_letters": 1,
           *           "oldest_dead_letter_age_seconds": 81.4,
           *           "oldest_unpublished_age_seconds": null
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['QueueList'];
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  peekDeadLetters: {
    parameters: {
      query?: {
        limit?: number;
      };
      header?: never;
      path: {
        /** @description the name of the live queue, not of its dead-letter queue */
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description dead letters */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "message_id": "f2b1f6f5-3c56-4b8e-9a65-0d1f6f0f5a11",
           *           "envelope_id": "0190a0a0-0000-7000-8000-000000000002",
           *           "order_id": "0190a0a0-0000-7000-8000-000000000001",
           *           "type": "ORDER_CREATED",
           *           "reason": "the database is temporarily unavailable",
           *           "failed_at": "2026-11-21T04:01:31.502Z",
           *           "sent_at": "2026-11-21T04:00:10.755Z",
           *           "receives": 5,
           *           "body": {
           *             "id": "0190a0a0-0000-7000-8000-000000000002",
           *             "type": "ORDER_CREATED",
           *             "schema_version": 1,
           *             "order_id": "0190a0a0-0000-7000-8000-000000000001",
           *             "version": 1,
           *             "occurred_at": "2026-11-21T04:00:10.701Z",
           *             "correlation_id": "5b1f3c1e-6a55-4a3e-9f0c-1f3f6f0f5a11",
           *             "traceparent": "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
           *             "payload": {
           *               "customer_id": "customer-1"
           *             }
           *           }
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['DeadLetterList'];
        };
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.queue_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  dropDeadLetters: {
    parameters: {
      query?: {
        /** @description envelope id or message id; can be repeated */
        message_id?: string[];
        all?: 'true';
      };
      header?: never;
      path: {
        /** @description the name of the live queue, not of its dead-letter queue */
        name: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the outcome */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "dropped": 1,
           *       "failed": 0,
           *       "skipped": 0
           *     }
           */
          'application/json': components['schemas']['DropResult'];
        };
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.queue_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  redriveDeadLetters: {
    parameters: {
      query?: never;
      header?: never;
      path: {
        /** @description the name of the live queue, not of its dead-letter queue */
        name: string;
      };
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "message_ids": [
         *         "0190a0a0-0000-7000-8000-000000000002"
         *       ]
         *     }
         */
        'application/json': {
          /** @description envelope ids or message ids; all dead letters when absent */
          message_ids?: string[];
        };
      };
    };
    responses: {
      /** @description the outcome */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "redriven": 1,
           *       "failed": 0,
           *       "skipped": 0
           *     }
           */
          'application/json': components['schemas']['RedriveResult'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.queue_not_found'];
      408: components['responses']['408.request_timeout'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listRefusedEvents: {
    parameters: {
      query?: {
        limit?: number;
        /** @description `next_cursor` of the previous page, with the same filters and sort */
        cursor?: string;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of refused events */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "data": [
           *         {
           *           "event_id": "01a1fc42-fc04-7c3d-8a7b-6f1f0a6f2d10",
           *           "subject_type": "order",
           *           "subject_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "version": 1,
           *           "type": "ORDER_CREATED",
           *           "queue": "orders-queue.fifo",
           *           "attempts": 3,
           *           "last_error": "InvalidMessageContents: Invalid characters found.",
           *           "next_attempt_at": "2026-11-21T04:00:30.755Z",
           *           "occurred_at": "2026-11-21T04:00:10.755Z",
           *           "held_events": 0
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['RefusedEventList'];
        };
      };
      400: components['responses']['400.invalid_cursor.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  dropRefusedEvents: {
    parameters: {
      query?: {
        /** @description can be repeated */
        event_id?: string[];
        all?: 'true';
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the outcome */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "dropped": 1,
           *       "skipped": 0
           *     }
           */
          'application/json': components['schemas']['DropRefusedResult'];
        };
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  retryRefusedEvents: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: {
      content: {
        /**
         * @example {
         *       "event_ids": [
         *         "01a1fc42-fc04-7c3d-8a7b-6f1f0a6f2d10"
         *       ]
         *     }
         */
        'application/json': {
          /** @description all refused events when absent */
          event_ids?: string[];
        };
      };
    };
    responses: {
      /** @description the outcome */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "retried": 1,
           *       "skipped": 0
           *     }
           */
          'application/json': components['schemas']['RetryRefusedResult'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getHealth: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description requests are served */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "up",
           *       "service": "order-service",
           *       "uptime_seconds": 1320,
           *       "components": {
           *         "postgres": {
           *           "status": "up"
           *         },
           *         "redis": {
           *           "status": "up"
           *         },
           *         "sqs": {
           *           "status": "up"
           *         },
           *         "outbox": {
           *           "status": "up"
           *         },
           *         "order_list": {
           *           "status": "up"
           *         },
           *         "reconciliation": {
           *           "status": "up"
           *         }
           *       }
           *     }
           */
          'application/json': components['schemas']['Health'];
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      /** @description no request can be served */
      503: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
          /**
           * @example {
           *       "status": "down",
           *       "service": "order-service",
           *       "uptime_seconds": 1320,
           *       "components": {
           *         "postgres": {
           *           "status": "up"
           *         },
           *         "redis": {
           *           "status": "up"
           *         },
           *         "sqs": {
           *           "status": "up"
           *         },
           *         "outbox": {
           *           "status": "up"
           *         },
           *         "order_list": {
           *           "status": "up"
           *         },
           *         "reconciliation": {
           *           "status": "up"
           *         }
           *       }
           *     }
           */
          'application/json': components['schemas']['Health'];
        };
      };
    };
  };
  getReadiness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description requests can be served */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "up",
           *       "service": "order-service"
           *     }
           */
          'application/json': components['schemas']['Probe'];
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      /** @description no request can be served */
      503: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "down",
           *       "service": "order-service"
           *     }
           */
          'application/json': components['schemas']['Probe'];
        };
      };
    };
  };
  getLiveness: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the process is running */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "status": "up",
           *       "service": "order-service"
           *     }
           */
          'application/json': components['schemas']['Probe'];
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
    };
  };
  getMetrics: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the metrics */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /** @example events_unpublished{service="order-service"} 0 */
          'text/plain': string;
        };
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      408: components['responses']['408.request_timeout'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  getOpenApi: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the document */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "openapi": "3.1.0"
           *     }
           */
          'application/json': {
            openapi: string;
          } & {
            [key: string]: unknown;
          };
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
    };
  };
  getAsyncApi: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the document */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "asyncapi": "3.0.0"
           *     }
           */
          'application/json': {
            asyncapi: string;
          } & {
            [key: string]: unknown;
          };
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
    };
  };
  getIndex: {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the index */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "name": "Order Service",
           *       "version": "0.1.0",
           *       "links": {
           *         "health": "/health",
           *         "contract": "/openapi.json",
           *         "documentation": "/docs",
           *         "errors": "/docs/errors.md",
           *         "messages": "/asyncapi.json",
           *         "token": "/auth/token",
           *         "key_set": "/.well-known/jwks.json",
           *         "authorization_server": "/.well-known/oauth-authorization-server",
           *         "products": "/products",
           *         "categories": "/categories",
           *         "stock": "/stock",
           *         "reservations": "/reservations",
           *         "orders": "/orders",
           *         "events": "/events",
           *         "webhooks": "/webhooks",
           *         "notifications": "/notifications",
           *         "streams": "/orders/events",
           *         "websocket": "/ws"
           *       }
           *     }
           */
          'application/json': components['schemas']['Index'];
        };
      };
      400: components['responses']['400.malformed_request'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
}
