import { type NewMail } from './mail';

/** The time in which a recipient gets one mail about a product, in milliseconds. */
export const ONE_MAIL_IN_MS = 3_600_000;

/** The time for which the mails of an owner are counted, in milliseconds. */
export const COUNTED_MS = 24 * 3_600_000;

/** The mails that exist. */
export interface WrittenMails {
  /** {@link subjectKey} of the mails within {@link ONE_MAIL_IN_MS}. */
  recent: ReadonlySet<string>;
  /** By owner, the number of mails within {@link COUNTED_MS}; absent: none. */
  counts: ReadonlyMap<string, number>;
}

export interface LimitedMails {
  kept: NewMail[];
  /** The number of mails that are left out because their recipient got one about the product a short time ago. */
  repeated: number;
  /** By owner, the number of mails that are left out because of the daily limit. */
  overLimit: Map<string, number>;
}

/** The product and the recipient of a mail. */
export const subjectKey = ({ subjectId, recipient }: Pick<NewMail, 'subjectId' | 'recipient'>): string =>
  `${subjectId} ${recipient}`;

/** Leaves out the mails that exceed a limit. Of several mails about a product to a recipient the first one is kept. */
export function limitMails(
  mails: readonly NewMail[],
  { recent, counts: former }: WrittenMails,
  perDay: number,
): LimitedMails {
  const known = new Set(recent);
  const counts = new Map(former);
  const limited: LimitedMails = { kept: [], repeated: 0, overLimit: new Map() };
  for (const mail of mails) {
    const { owner } = mail;
    const count = counts.get(owner) ?? 0;
    if (known.has(subjectKey(mail))) limited.repeated += 1;
    else if (count >= perDay) limited.overLimit.set(owner, (limited.overLimit.get(owner) ?? 0) + 1);
    else {
      known.add(subjectKey(mail));
      counts.set(owner, count + 1);
      limited.kept.push(mail);
    }
  }
  return limited;
}
