-- The position in the event feed behind which clients can read events: one row. The log of earlier events may lack members that only rules of
-- earlier releases could complete; a new installation begins at 0.
CREATE TABLE public_event_start (
  is_only  boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  position bigint NOT NULL
);

INSERT INTO public_event_start (position) SELECT position FROM event_feed_steps ORDER BY step DESC LIMIT 1;
