import { type FeedCursor } from '../../../shared/event-log/feed-cursor';
import { type Transaction } from '../../../shared/postgres/queryable';
import { type Notice, noticeBody, type NoticeType } from '../domain/notice';
import { insertNotice } from '../store/notice-store';
import { enqueueForOne } from '../store/queue-order-store';

export interface QueuedNotice {
  notice: Notice & { type: NoticeType };
  clientId: string;
  /** The endpoints that get it, if their event types contain its type. */
  receivers: readonly string[];
}

/** Stores a notice and adds it to the queues of its receivers. The fan-out must be locked. */
export async function queueNotice(
  tx: Transaction,
  { position }: FeedCursor,
  { notice, clientId, receivers }: QueuedNotice,
): Promise<void> {
  const { eventId, type, occurredAt, endpointId: subjectId } = notice;
  const body = noticeBody(notice);
  const version = await insertNotice(tx, { eventId, clientId, subjectId, type, body, occurredAt });
  const event = { position, owner: clientId, subjectId, version, eventId, type };
  for (const receiver of receivers) await enqueueForOne(tx, receiver, [event]);
}
