/** A statement under a name: PostgreSQL parses it once for each connection, and plans it a few times, however often it runs. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/**
 * A statement of the hot path. Its plan must not hang on its parameters, as that of a search with optional filters does: after a few
 * runs PostgreSQL keeps one plan for all of them.
 *
 * @param name of its own, at most 63 characters.
 */
export const prepared = (name: string, text: string): PreparedStatement => ({ name, text });
