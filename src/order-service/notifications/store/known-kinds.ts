import { MAIL_KINDS } from '../domain/mail';

/** SQL condition: this version can render the mail. A later version, which was replaced by this one, may have written other kinds. */
export const IS_KNOWN_KIND = `kind IN (${MAIL_KINDS.map((kind) => `'${kind}'`).join(', ')})`;
