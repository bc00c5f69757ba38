/** RFC 5321 §4.1.2 without quoted local parts and address literals: it contains no space, line break, angle bracket or comma. */
const ATOM = "[A-Za-z0-9!#$%&'*+\\/=?^_`{|}~-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
export const MAIL_ADDRESS_PATTERN = `^${ATOM}(?:\\.${ATOM})*@(?:${LABEL}\\.)+[A-Za-z]{2,63}$`;

/** RFC 5321 §4.5.3.1: 256 octets with the angle brackets of a path, of which the local part has 64. */
export const MAX_ADDRESS_LENGTH = 254;
const MAX_LOCAL_PART_LENGTH = 64;

const ADDRESS = new RegExp(MAIL_ADDRESS_PATTERN);

export const isMailAddress = (text: string): boolean =>
  text.length <= MAX_ADDRESS_LENGTH && text.lastIndexOf('@') <= MAX_LOCAL_PART_LENGTH && ADDRESS.test(text);

/** The address with its domain, which has no case, in lower case. */
export function normalisedAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return address.slice(0, at) + address.slice(at).toLowerCase();
}

/** The sender of mails. */
export interface Mailbox {
  /** Empty: none. */
  name: string;
  address: string;
}

/** `address`, or `Name <address>`. The name has no control characters, quotes or angle brackets. */
const MAILBOX = /^(?:([^\p{Cc}"<>]{0,100}?) *<([^<>]+)>|([^<> ]+))$/u;

/** Null for a text that is not a mailbox. Domains of one word, such as `localhost`, are accepted too. */
export function parseMailbox(text: string): Mailbox | null {
  const [, name = '', bracketed, plain] = MAILBOX.exec(text) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) return null;
  const isValid = isMailAddress(address) || isMailAddress(`${address}.invalid`);
  return isValid ? { name: name.trim(), address } : null;
}

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);
