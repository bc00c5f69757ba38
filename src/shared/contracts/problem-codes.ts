/** Every `code` that an error answer can carry, with its HTTP status and one sentence; docs/errors.md says what to do about each. */
export const PROBLEM_CODES = {
  validation_failed: { status: 400, detail: 'the request body is not valid' },
  malformed_json: { status: 400, detail: 'the request body is not valid JSON' },
  malformed_request: { status: 400, detail: 'the request could not be read' },
  invalid_idempotency_key: {
    status: 400,
    detail: 'Idempotency-Key must be 1 to 255 visible ASCII characters',
  },
  invalid_cursor: { status: 400, detail: 'the cursor was not made for this list' },
  missing_token: { status: 401, detail: 'send an access token: Authorization: Bearer …' },
  invalid_token: { status: 401, detail: 'the access token is not valid or has expired' },
  insufficient_scope: { status: 403, detail: 'this needs another scope' },
  order_not_found: { status: 404, detail: 'there is no such order' },
  shipment_not_found: { status: 404, detail: 'there is no such shipment' },
  client_not_found: { status: 404, detail: 'there is no such client' },
  queue_not_found: { status: 404, detail: 'there is no such queue' },
  unknown_path: { status: 404, detail: 'there is nothing at this path' },
  method_not_allowed: { status: 405, detail: 'that method is not possible here' },
  request_timeout: { status: 408, detail: 'the request did not arrive in time' },
  request_in_progress: { status: 409, detail: 'the same request is still being worked on' },
  illegal_transition: { status: 409, detail: 'DELIVERED cannot become CANCELLED; DELIVERED is an end' },
  cancellation_refused: { status: 409, detail: 'the cancellation was refused: the parcel has left' },
  client_exists: { status: 409, detail: 'there is a client with this id already' },
  own_client: { status: 409, detail: 'a client cannot shut itself out; let another one do it' },
  precondition_failed: { status: 412, detail: 'the resource has changed; it is at version 3 now' },
  payload_too_large: { status: 413, detail: 'the request body is larger than 100 kB' },
  unsupported_media_type: { status: 415, detail: 'send the body as Content-Type: application/json' },
  idempotency_key_reused: { status: 422, detail: 'this Idempotency-Key was used for another request' },
  quota_exceeded: { status: 429, detail: 'too many requests; try again later' },
  headers_too_large: { status: 431, detail: 'the request headers are larger than 16 kB' },
  internal_error: {
    status: 500,
    detail: 'something went wrong here; the correlation id helps to find out what',
  },
  unavailable: { status: 503, detail: 'the service is not available at the moment' },
} as const;

export type ProblemCode = keyof typeof PROBLEM_CODES;
