/** A position in the event feed, with a part of the id of the event at that position as proof. */
export interface FeedCursor {
  /** A bigint as text; '0' is the position before the first event. */
  readonly position: string;
  /** The last 8 bytes of the event's id in hex; zeros for position 0. */
  readonly proof: string;
}

const BYTES = 16;
const PROOF_BYTES = 8;

/** The cursor before the first event. */
export const FEED_START: FeedCursor = { position: '0', proof: '0'.repeat(2 * PROOF_BYTES) };

/** The cursor behind an event. The first 8 bytes of a UUIDv7 are mostly time, the last 8 are random (RFC 9562). */
export const cursorBehind = (position: string, eventId: string): FeedCursor => ({
  position,
  proof: eventId.replaceAll('-', '').slice(-2 * PROOF_BYTES),
});

/** Whether a cursor is at an earlier position than another one of the same history. */
export const isBehind = (cursor: FeedCursor, other: FeedCursor): boolean =>
  BigInt(cursor.position) < BigInt(other.position);

/** An opaque text of 22 characters: position and proof, 8 bytes each, in base64url. */
export function encodeFeedCursor({ position, proof }: FeedCursor): string {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeBigInt64BE(BigInt(position));
  bytes.write(proof, PROOF_BYTES, 'hex');
  return bytes.toString('base64url');
}

/** Returns null for a text that is not a cursor. */
export function decodeFeedCursor(text: string): FeedCursor | null {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.length !== BYTES || bytes.toString('base64url') !== text) return null;
  const position = bytes.readBigInt64BE();
  return position < 0n
    ? null
    : { position: String(position), proof: bytes.subarray(PROOF_BYTES).toString('hex') };
}
