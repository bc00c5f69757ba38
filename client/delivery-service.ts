/** The API of the delivery-service, generated from docs/openapi/delivery-service.json by `npm run contract`. */

export interface paths {
  '/shipments': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the shipments of orders
     * @description At most one shipment for each order; orders without a shipment and orders of other clients are omitted.
     */
    get: operations['listShipments'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/shipments/{shipment_id}': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read a shipment
     * @description The shipment of another client's order is answered with 404, like one that does not exist.
     */
    get: operations['getShipment'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/shipments/{shipment_id}/events': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List the events of a shipment
     * @description The messages that were or will be sent to the Order Service, oldest first.
     */
    get: operations['listShipmentEvents'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/shipments/{shipment_id}/status': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Change the status of a shipment
     * @description Has the same effect as a report of the carrier, which continues from the new status. Also requires `order:manage` or `ops:manage`, so that a shop cannot mark its own parcels as delivered.
     */
    put: operations['changeShipmentStatus'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/shipments/{shipment_id}/shipping': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    /**
     * Change the shipping data of a shipment
     * @description Changes the carrier, the tracking number and the expected day until the shipment has ended; the status does not change. A repeated request changes nothing. Also requires `order:manage` or `ops:manage`, so that a shop cannot mark its own parcels as delivered.
     */
    put: operations['changeShipmentShipping'];
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/reconciliation/reported': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Restore shipments from their reported steps
     * @description After a restore of this service’s database: missing steps are added under their versions and are not sent, missing shipments are created again, and the carrier is polled from there on. A repeated request changes nothing. Only the Order Service can call this operation; any other client is refused.
     */
    post: operations['restoreReportedShipments'];
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/reconciliation/shipments': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * List all shipments for reconciliation
     * @description Newest first, by `shipment_id`; give `next_cursor` as `before` for the next page. Only the Order Service can call this operation; any other client is refused.
     */
    get: operations['sweepShipments'];
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  '/reconciliation/holds': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Hold or release shipments
     * @description Only shipments in the status `PROCESSING` can be held. The response lists the orders whose shipments are held, and those whose shipments are released. A repeated request changes nothing. Only the Order Service can call this operation; any other client is refused.
     */
    post: operations['changeShipmentHolds'];
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
    ShipmentStep: {
      status: components['schemas']['ShipmentStatus'];
      carrier?: string;
      tracking_number?: string;
      /** Format: date-time */
      estimated_delivery?: string;
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
    ShippingChange: {
      carrier: string;
      tracking_number: string;
      /** Format: date-time */
      estimated_delivery: string;
    };
    ReportedShipment: {
      /** Format: uuid */
      order_id: string;
      /** Format: uuid */
      shipment_id: string;
      correlation_id: string;
      traceparent: string;
      /** @description required when the shipment itself is missing */
      order?: {
        client_id: string;
        customer_id: string;
        items: {
          product_id: string;
          quantity: number;
          /** @description greater than 0, with no more decimals than its currency has (ISO 4217). Every amount below 2^53 in a currency without decimals, 2^46 (70368744177664) in one with two, and 2^43 (8796093022208) in one with three is exact. Above that, an amount that a double (IEEE 754 binary64) cannot hold exactly is refused, never rounded */
          unit_price: number;
        }[];
        currency: components['schemas']['Currency'];
        /** @description greater than 0, with no more decimals than its currency has (ISO 4217). Every amount below 2^53 in a currency without decimals, 2^46 (70368744177664) in one with two, and 2^43 (8796093022208) in one with three is exact. Above that, an amount that a double (IEEE 754 binary64) cannot hold exactly is refused, never rounded */
        total_amount: number;
      };
      /** @description from version 1, without gaps */
      steps: (
        | {
            version: number;
            /** Format: date-time */
            occurred_at: string;
            /** @constant */
            type: 'SHIPMENT_STATUS_CHANGED';
            payload: {
              /** Format: uuid */
              shipment_id: string;
              status: components['schemas']['ShipmentStatus'];
              /** @description equal to `status` when only the shipping changed */
              previous_status: components['schemas']['ShipmentStatus'] | null;
              carrier: string | null;
              tracking_number: string | null;
              estimated_delivery: string | null;
              attempts: number;
              /** @description the operator who took the step; absent for a step of the carrier */
              actor?: string;
            };
          }
        | {
            version: number;
            /** Format: date-time */
            occurred_at: string;
            /** @constant */
            type: 'SHIPMENT_CANCEL_REFUSED';
            payload: {
              /** Format: uuid */
              shipment_id: string;
              status: components['schemas']['ShipmentStatus'];
            };
          }
      )[];
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
    ShipmentList: {
      data: components['schemas']['Shipment'][];
      next_cursor: null;
    };
    Shipment: {
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
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
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
    ShipmentEventList: {
      data: (
        | {
            /** Format: uuid */
            id: string;
            /** @constant */
            type: 'SHIPMENT_STATUS_CHANGED';
            /** @constant */
            schema_version: 1;
            /** Format: uuid */
            order_id: string;
            version: number;
            /** Format: date-time */
            occurred_at: string;
            correlation_id: string;
            traceparent: string;
            payload: {
              /** Format: uuid */
              shipment_id: string;
              status: components['schemas']['ShipmentStatus'];
              /** @description equal to `status` when only the shipping changed */
              previous_status: components['schemas']['ShipmentStatus'] | null;
              carrier: string | null;
              tracking_number: string | null;
              estimated_delivery: string | null;
              attempts: number;
              /** @description the operator who took the step; absent for a step of the carrier */
              actor?: string;
            };
          }
        | {
            /** Format: uuid */
            id: string;
            /** @constant */
            type: 'SHIPMENT_CANCEL_REFUSED';
            /** @constant */
            schema_version: 1;
            /** Format: uuid */
            order_id: string;
            version: number;
            /** Format: date-time */
            occurred_at: string;
            correlation_id: string;
            traceparent: string;
            payload: {
              /** Format: uuid */
              shipment_id: string;
              status: components['schemas']['ShipmentStatus'];
            };
          }
      )[];
      next_cursor: null;
    };
    RestoredShipmentList: {
      data: components['schemas']['RestoredShipment'][];
    };
    RestoredShipment: {
      /** Format: uuid */
      order_id: string;
      /**
       * @description restored: the missing steps were added; unchanged: no step was missing; contradicting: the shipment has taken other steps since; unknown: there is no shipment, and no `order` to create it from
       * @enum {string}
       */
      outcome: 'restored' | 'unchanged' | 'contradicting' | 'unknown';
      shipment: components['schemas']['Shipment'] | null;
    };
    SweptShipmentList: {
      data: components['schemas']['SweptShipment'][];
      /** @description the last `shipment_id`; null on the last page */
      next_cursor: string | null;
    };
    SweptShipment: {
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
      /** Format: date-time */
      created_at: string;
      /** Format: date-time */
      updated_at: string;
      /** @description true: the shipment is not handed over until its order is known */
      held: boolean;
    };
    ShipmentHolds: {
      held: string[];
      released: string[];
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
    /** @description `validation_failed`, `malformed_request` */
    '400.malformed_request.validation_failed': {
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
    /** @description `shipment_not_found` */
    '404.shipment_not_found': {
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
  listShipments: {
    parameters: {
      query?: {
        /** @description repeated for several orders */
        order_id?: string[];
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the shipments */
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
           *           "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "status": "SHIPPED",
           *           "version": 2,
           *           "attempts": 0,
           *           "carrier": "simulated",
           *           "tracking_number": "SIMB5DDBAEE0636",
           *           "estimated_delivery": "2026-11-24T04:00:10.790Z",
           *           "created_at": "2026-11-21T04:00:10.790Z",
           *           "updated_at": "2026-11-21T04:00:12.800Z"
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['ShipmentList'];
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
  getShipment: {
    parameters: {
      query?: never;
      header?: {
        /** @description the response is 304 without a body when the version is one of these entity tags */
        'If-None-Match'?: string;
      };
      path: {
        shipment_id: string;
      };
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description the shipment */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the shipment, quoted */
          ETag?: string;
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
           *       "created_at": "2026-11-21T04:00:10.790Z",
           *       "updated_at": "2026-11-21T04:00:12.800Z"
           *     }
           */
          'application/json': components['schemas']['Shipment'];
        };
      };
      /** @description the caller already has this version */
      304: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the shipment, quoted */
          ETag?: string;
          [name: string]: unknown;
        };
        content?: never;
      };
      400: components['responses']['400.malformed_request'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.shipment_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  listShipmentEvents: {
    parameters: {
      query?: {
        /** @description only events with a higher version */
        after?: number;
      };
      header?: never;
      path: {
        shipment_id: string;
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
           *           "id": "01a1fc43-03f0-7d55-9b1c-0b6bd2a6f7c1",
           *           "type": "SHIPMENT_STATUS_CHANGED",
           *           "schema_version": 1,
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "version": 2,
           *           "occurred_at": "2026-11-21T04:00:12.800Z",
           *           "correlation_id": "bff04cd8-ee8a-42d7-b8ec-f03b3060ad41",
           *           "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           *           "payload": {
           *             "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
           *             "status": "SHIPPED",
           *             "previous_status": "PROCESSING",
           *             "carrier": "simulated",
           *             "tracking_number": "SIMB5DDBAEE0636",
           *             "estimated_delivery": "2026-11-24T04:00:10.790Z",
           *             "attempts": 0
           *           }
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['ShipmentEventList'];
        };
      };
      400: components['responses']['400.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.shipment_not_found'];
      408: components['responses']['408.request_timeout'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeShipmentStatus: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
        /** @description the operator on whose behalf the Order Service sends the request; ignored from any other client */
        'X-Actor'?: string;
      };
      path: {
        shipment_id: string;
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
        'application/json': components['schemas']['ShipmentStep'];
      };
    };
    responses: {
      /** @description the shipment after the change */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the shipment, quoted */
          ETag?: string;
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
           *       "created_at": "2026-11-21T04:00:10.790Z",
           *       "updated_at": "2026-11-21T04:00:12.800Z"
           *     }
           */
          'application/json': components['schemas']['Shipment'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.shipment_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.illegal_transition'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  changeShipmentShipping: {
    parameters: {
      query?: never;
      header?: {
        /** @description the change is refused with 412 unless the version is one of these entity tags */
        'If-Match'?: string;
        /** @description the operator on whose behalf the Order Service sends the request; ignored from any other client */
        'X-Actor'?: string;
      };
      path: {
        shipment_id: string;
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
      /** @description the shipment after the change */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          /** @description the version of the shipment, quoted */
          ETag?: string;
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
           *       "created_at": "2026-11-21T04:00:10.790Z",
           *       "updated_at": "2026-11-21T04:00:12.800Z"
           *     }
           */
          'application/json': components['schemas']['Shipment'];
        };
      };
      400: components['responses']['400.malformed_json.malformed_request.validation_failed'];
      401: components['responses']['401.invalid_token.missing_token'];
      403: components['responses']['403.insufficient_scope'];
      404: components['responses']['404.shipment_not_found'];
      408: components['responses']['408.request_timeout'];
      409: components['responses']['409.illegal_transition'];
      412: components['responses']['412.precondition_failed'];
      413: components['responses']['413.payload_too_large'];
      415: components['responses']['415.unsupported_media_type'];
      429: components['responses']['429.quota_exceeded'];
      431: components['responses']['431.headers_too_large'];
      500: components['responses']['500.internal_error'];
      503: components['responses']['503.unavailable'];
    };
  };
  restoreReportedShipments: {
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
         *       "shipments": [
         *         {
         *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
         *           "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
         *           "correlation_id": "bff04cd8-ee8a-42d7-b8ec-f03b3060ad41",
         *           "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
         *           "steps": [
         *             {
         *               "version": 1,
         *               "occurred_at": "2026-11-21T04:00:10.790Z",
         *               "type": "SHIPMENT_STATUS_CHANGED",
         *               "payload": {
         *                 "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
         *                 "status": "PROCESSING",
         *                 "previous_status": null,
         *                 "carrier": null,
         *                 "tracking_number": null,
         *                 "estimated_delivery": null,
         *                 "attempts": 0
         *               }
         *             }
         *           ]
         *         }
         *       ]
         *     }
         */
        'application/json': {
          shipments: components['schemas']['ReportedShipment'][];
        };
      };
    };
    responses: {
      /** @description the outcome for each shipment */
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
           *           "outcome": "restored",
           *           "shipment": {
           *             "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
           *             "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *             "status": "SHIPPED",
           *             "version": 2,
           *             "attempts": 0,
           *             "carrier": "simulated",
           *             "tracking_number": "SIMB5DDBAEE0636",
           *             "estimated_delivery": "2026-11-24T04:00:10.790Z",
           *             "created_at": "2026-11-21T04:00:10.790Z",
           *             "updated_at": "2026-11-21T04:00:12.800Z"
           *           }
           *         }
           *       ]
           *     }
           */
          'application/json': components['schemas']['RestoredShipmentList'];
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
  sweepShipments: {
    parameters: {
      query?: {
        /** @description only shipments that are held */
        held?: 'true' | 'false';
        /** @description only shipments with a lower `shipment_id` */
        before?: string;
        limit?: number;
      };
      header?: never;
      path?: never;
      cookie?: never;
    };
    requestBody?: never;
    responses: {
      /** @description a page of shipments */
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
           *           "shipment_id": "01a1fc42-fc14-7485-aa22-b5ddbaee0636",
           *           "order_id": "01a1fc42-fc03-72fd-b531-1111a4fbee12",
           *           "status": "SHIPPED",
           *           "version": 2,
           *           "attempts": 0,
           *           "carrier": "simulated",
           *           "tracking_number": "SIMB5DDBAEE0636",
           *           "estimated_delivery": "2026-11-24T04:00:10.790Z",
           *           "created_at": "2026-11-21T04:00:10.790Z",
           *           "updated_at": "2026-11-21T04:00:12.800Z",
           *           "held": false
           *         }
           *       ],
           *       "next_cursor": null
           *     }
           */
          'application/json': components['schemas']['SweptShipmentList'];
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
  changeShipmentHolds: {
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
         *       "hold": [
         *         "01a1fc42-fc03-72fd-b531-1111a4fbee12"
         *       ],
         *       "release": []
         *     }
         */
        'application/json': {
          hold: string[];
          release: string[];
        };
      };
    };
    responses: {
      /** @description the changed shipments */
      200: {
        headers: {
          'X-Correlation-Id': components['headers']['X-Correlation-Id'];
          [name: string]: unknown;
        };
        content: {
          /**
           * @example {
           *       "held": [
           *         "01a1fc42-fc03-72fd-b531-1111a4fbee12"
           *       ],
           *       "released": []
           *     }
           */
          'application/json': components['schemas']['ShipmentHolds'];
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
           *       "service": "delivery-service",
           *       "uptime_seconds": 1320,
           *       "components": {
           *         "postgres": {
           *           "status": "up"
           *         },
           *         "sqs": {
           *           "status": "up"
           *         },
           *         "outbox": {
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
           *       "service": "delivery-service",
           *       "uptime_seconds": 1320,
           *       "components": {
           *         "postgres": {
           *           "status": "up"
           *         },
           *         "sqs": {
           *           "status": "up"
           *         },
           *         "outbox": {
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
           *       "service": "delivery-service"
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
           *       "service": "delivery-service"
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
           *       "service": "delivery-service"
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
           *       "name": "Delivery Service",
           *       "version": "0.1.0",
           *       "links": {
           *         "health": "/health",
           *         "contract": "/openapi.json",
           *         "documentation": "/docs",
           *         "errors": "/docs/errors.md",
           *         "shipments": "/shipments"
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
