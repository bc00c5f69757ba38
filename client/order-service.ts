/** The API of the order-service, generated from docs/openapi/order-service.json by `npm run contract`. */

export interface paths {
  '/orders': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /**
     * Place an order
     * @description Answered with 2xx, the order reaches the end of its life exactly once. Repeat a request whose answer was lost under the same Idempotency-Key. Without that header the same order sent again within a minute is recognised by its content.
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
     * @description Another client's order is not found, exactly as one that does not exist.
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
     * Read what happened to an order
     * @description Every event of the order, oldest first: what, who caused it, when, and when others were told.
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
     * Ask for an order to be cancelled
     * @description The wish is recorded and sent to the Delivery Service, which owns the parcel: `cancellation` becomes `confirmed`, or `refused` when the parcel has left. Asking again changes nothing.
     */
    post: operations['cancelOrder'];
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
     * Read how each component is
     * @description `degraded` (200): something that orders survive is away. `down` (503): no request can be served.
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
     * Ask whether requests can be served
     * @description Looks only at what a request cannot do without.
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
     * Ask whether the process turns
     * @description Looks at nothing else.
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
  '/openapi.json': {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /**
     * Read the contract of this API
     * @description An OpenAPI 3.1 document, made from the schemas that check the requests.
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
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    /**
     * @description an ISO 4217 code that is in use
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
    Order: {
      /** Format: uuid */
      order_id: string;
      customer_id: string;
      readonly items: components['schemas']['OrderItem'][];
      currency: components['schemas']['Currency'];
      /** @description the sum of quantity × unit_price */
      total_amount: number;
      status: components['schemas']['OrderStatus'];
      /** @description counts the changes of the order; also its ETag */
      version: number;
      /** @description the wish to be cancelled: asked for, refused because the parcel had left, or confirmed */
      cancellation: ('requested' | 'refused' | 'confirmed') | null;
      /** @description null until the parcel has left */
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
    };
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
    Shipping: {
      carrier: string;
      tracking_number: string | null;
      estimated_delivery: string | null;
    };
    /** @description RFC 9457 problem details */
    Problem: {
      /** @description where the error is explained */
      type: string;
      /** @description the reason phrase of the status */
      title: string;
      status: number;
      /** @description what went wrong, for people; may change */
      detail: string;
      /** @description the path that was asked for */
      instance: string;
      /** @description the stable name of the error */
      code: string;
      /** @description finds the log lines of this request */
      correlation_id: string;
      /** @description each faulty member */
      readonly errors?: components['schemas']['FieldError'][];
      /** @description the steps that are possible instead */
      readonly allowed?: string[];
      /** @description the version that the resource has now */
      current_version?: number;
    };
    FieldError: {
      path: string;
      message: string;
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
      /** @description the client, service or carrier that caused it */
      actor: string;
      /** Format: date-time */
      occurred_at: string;
      /** @description when the Delivery Service was told; null: not yet, or never */
      published_at: string | null;
      correlation_id: string;
      payload: {
        [key: string]: unknown;
      };
    };
    Health: {
      /**
       * @description degraded: slower or behind, but every request is served
       * @enum {string}
       */
      status: 'up' | 'degraded' | 'down';
      service: string;
      uptime_seconds: number;
      components: {
        [key: string]: components['schemas']['ComponentHealth'];
      };
    };
    ComponentHealth: {
      /** @enum {string} */
      status: 'up' | 'down';
      error?: string;
    };
    Probe: {
      /** @enum {string} */
      status: 'up' | 'down';
      service: string;
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
  placeOrder: {
    parameters: {
      query?: never;
      header?: {
        /** @description 1 to 255 visible ASCII characters, raw or quoted; the same key gets the same answer again */
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
            product_id: string;
            quantity: number;
            unit_price: number;
          }[];
          /** @default USD */
          currency?: components['schemas']['Currency'];
          /** @default {} */
          metadata?: {
            [key: string]: string;
          };
          /** Format: date-time */
          client_timestamp?: string;
        };
      };
    };
    responses: {
      /** @description the same order was placed a moment ago, without a key: this is it */
      200: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          /** @description the version of the order, quoted */
          ETag?: string;
          /** @description the path of the order */
          Location?: string;
          /** @description `true` when this answer was given before */
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
      /** @description the order is placed, or was placed before under this key */
      201: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          /** @description the version of the order, quoted */
          ETag?: string;
          /** @description the path of the order */
          Location?: string;
          /** @description `true` when this answer was given before */
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
      /** @description `validation_failed`, `malformed_json`, `invalid_idempotency_key` */
      400: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `missing_token`, `invalid_token` */
      401: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `insufficient_scope` */
      403: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `request_in_progress` */
      409: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `payload_too_large` */
      413: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unsupported_media_type` */
      415: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `idempotency_key_reused` */
      422: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `quota_exceeded` */
      429: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unavailable` */
      503: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  getOrder: {
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
      /** @description the order */
      200: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
      /** @description `missing_token`, `invalid_token` */
      401: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `insufficient_scope` */
      403: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `order_not_found` */
      404: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `quota_exceeded` */
      429: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unavailable` */
      503: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
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
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
      /** @description `missing_token`, `invalid_token` */
      401: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `insufficient_scope` */
      403: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `order_not_found` */
      404: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `quota_exceeded` */
      429: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unavailable` */
      503: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
  cancelOrder: {
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
      /** @description the wish is on record */
      202: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
      /** @description `missing_token`, `invalid_token` */
      401: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `insufficient_scope` */
      403: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `order_not_found` */
      404: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `illegal_transition`, `cancellation_refused` */
      409: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `quota_exceeded` */
      429: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description `unavailable` */
      503: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
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
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
           *         }
           *       }
           *     }
           */
          'application/json': components['schemas']['Health'];
        };
      };
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description no request can be served */
      503: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
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
      /** @description send requests */
      200: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
      /** @description send none */
      503: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
      /** @description it turns */
      200: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
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
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
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
      /** @description `internal_error` */
      500: {
        headers: {
          /** @description finds the log lines of this request in both services */
          'X-Correlation-Id'?: string;
          [name: string]: unknown;
        };
        content: {
          'application/problem+json': components['schemas']['Problem'];
        };
      };
    };
  };
}
