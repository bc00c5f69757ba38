-- An endpoint is disabled with its client. The check of the existing rows is short: a client has few endpoints.
ALTER TABLE webhook_endpoints
  DROP CONSTRAINT webhook_endpoints_disabled_reason_check,
  ADD CONSTRAINT webhook_endpoints_disabled_reason_check
    CHECK (disabled_reason IN ('by_client', 'gone', 'failing', 'client_disabled'));
