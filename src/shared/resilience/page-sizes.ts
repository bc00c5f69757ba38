export interface PageSizeRequest {
  /** Readers with the same key share a size. */
  key: string;
  /** The usual size. */
  most: number;
}

/** Reads a page with the present size. */
export type PageSizes = <T>(request: PageSizeRequest, read: (limit: number) => Promise<T>) => Promise<T>;

/** The maximum number of keys whose sizes are reduced; when there are more, all of them begin anew. */
const MOST_KEYS = 10_000;

/**
 * Halves the size of the pages of a reader with each failure, and doubles it with each success up to the usual size: a page of large rows can
 * exceed the time limit of a statement, and would fail for ever.
 *
 * @param fewest the size to which failures reduce it.
 */
export function createPageSizes(fewest: number): PageSizes {
  /** The sizes that are not the usual ones. */
  const reduced = new Map<string, number>();

  /** Several reads with one size count once. */
  function change(key: string, most: number, from: number, to: number): void {
    if ((reduced.get(key) ?? most) !== from) return;
    if (to >= most) reduced.delete(key);
    else reduced.set(key, to);
    if (reduced.size > MOST_KEYS) reduced.clear();
  }

  return async ({ key, most }, read) => {
    const limit = Math.min(most, reduced.get(key) ?? most);
    try {
      const page = await read(limit);
      change(key, most, limit, limit * 2);
      return page;
    } catch (error) {
      change(key, most, limit, Math.max(Math.min(fewest, most), Math.floor(limit / 2)));
      throw error;
    }
  };
}
