import { LAST_ID, uuid } from '../../../shared/contracts/text';
import { type Page, type PageRequest, readPage } from '../../../shared/postgres/keyset-page';
import { type Reader, type ReadPool } from '../../../shared/postgres/read-pool';
import { type MailFilter, type RecordedMail } from '../domain/mail';
import { listMails as list } from '../store/mail-store';

/**
 * A page of mails, newest first.
 *
 * @param visibleOwner null: those of all owners.
 * @throws AppError `invalid_input` (`invalid_cursor`); `quota_exceeded` (`too_many_reads`)
 */
export function listMails(
  reads: ReadPool,
  { visibleOwner, filter, page }: { visibleOwner: string | null; filter: MailFilter; page: PageRequest },
  reader: Reader,
): Promise<Page<RecordedMail>> {
  return readPage(page, {
    position: uuid,
    positionOf: ({ mailId }) => mailId,
    read: (after, limit) =>
      reads.read(reader, (db) => list(db, visibleOwner, filter, { before: after ?? LAST_ID, limit })),
  });
}
