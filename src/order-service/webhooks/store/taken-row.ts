import { type TakenDelivery } from '../domain/delivery';

/** A row of `webhook_queue` that a statement has taken, with columns of its endpoint. */
export interface TakenRow {
  endpoint_id: string;
  subject_id: string;
  version: number;
  event_id: string;
  type: string;
  attempt: number;
  tries: number;
  endpoint_version: number;
  is_failing: boolean;
}

export const toTaken = (row: TakenRow): TakenDelivery => ({
  endpointId: row.endpoint_id,
  subjectId: row.subject_id,
  version: row.version,
  eventId: row.event_id,
  type: row.type,
  attempt: row.attempt,
  tries: row.tries,
  endpointVersion: row.endpoint_version,
  isEndpointFailing: row.is_failing,
});
