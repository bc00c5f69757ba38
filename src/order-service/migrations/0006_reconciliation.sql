-- What the reconciler found and could not repair; a row goes when order and shipment agree again.
CREATE TABLE reconciliation_findings (
  order_id                 uuid PRIMARY KEY,
  kind                     text NOT NULL CHECK (kind IN ('shipment_without_order', 'different_end', 'different_way', 'cannot_follow')),
  order_status             text,
  order_version            integer,
  applied_shipment_version integer,
  shipment_id              uuid,
  shipment_status          text,
  shipment_version         integer,
  first_seen_at            timestamptz NOT NULL DEFAULT now(),
  last_seen_at             timestamptz NOT NULL DEFAULT now(),
  next_check_at            timestamptz NOT NULL DEFAULT now(),
  accepted_by              text  -- the operator who leaves it as it is
);

CREATE INDEX reconciliation_findings_due ON reconciliation_findings (next_check_at);

-- How far the sweeps are that compare orders with their shipments, and shipments with their orders, ended or not: newest first, down
-- to an age. Both follow primary keys, which sort by time, so that no further index is needed.
CREATE TABLE reconciliation_sweeps (
  name       text PRIMARY KEY CHECK (name IN ('orders', 'shipments')),
  position   uuid NOT NULL,                       -- ids from this one on were compared in this pass
  is_fast    boolean NOT NULL DEFAULT false,      -- a database was restored: this pass rests between no pages
  fast_since timestamptz NOT NULL DEFAULT '-infinity',
  next_at    timestamptz NOT NULL DEFAULT now()   -- when the next page is due; while one is compared, the end of the lease
);

INSERT INTO reconciliation_sweeps (name, position)
VALUES ('orders', 'ffffffff-ffff-ffff-ffff-ffffffffffff'), ('shipments', 'ffffffff-ffff-ffff-ffff-ffffffffffff');
