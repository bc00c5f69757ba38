/** The keys of an item, one per level; each level is served round-robin, the first one first. */
export type QueuePath = readonly string[];

/**
 * A queue that serves the keys of each level round-robin, and items of the same path in order of arrival: with the path `[address,
 * client]` it serves the addresses alternately, and within an address the clients, however many items one of them has waiting.
 */
export class RoundRobinQueue<T> {
  /** A Map keeps the order of insertion: the first key is served next. */
  private readonly branches = new Map<string, RoundRobinQueue<T>>();
  private readonly items: T[] = [];
  private count = 0;

  get size(): number {
    return this.count;
  }

  push([key, ...rest]: QueuePath, item: T): void {
    this.count += 1;
    if (key === undefined) return void this.items.push(item);
    const branch = this.branches.get(key) ?? new RoundRobinQueue<T>();
    this.branches.set(key, branch);
    branch.push(rest, item);
  }

  /** Removes and returns the next item. */
  shift(): T | undefined {
    if (this.count === 0) return undefined;
    this.count -= 1;
    const [next] = this.branches;
    if (!next) return this.items.shift();
    const [key, branch] = next;
    const item = branch.shift();
    this.branches.delete(key);
    if (branch.size > 0) this.branches.set(key, branch);
    return item;
  }

  /** Removes and returns the matching items of a path, in order. */
  take(path: QueuePath, fits: (item: T) => boolean, atMost = Infinity): T[] {
    const [key, ...rest] = path;
    const branch = key === undefined ? undefined : this.branches.get(key);
    const taken = key === undefined ? this.takeItems(fits, atMost) : (branch?.take(rest, fits, atMost) ?? []);
    this.count -= taken.length;
    if (key !== undefined && branch?.size === 0) this.branches.delete(key);
    return taken;
  }

  /** The number of items under the first key of a path. */
  sizeOf([key = '']: QueuePath): number {
    return this.branches.get(key)?.size ?? 0;
  }

  /** Removes and returns the latest item under the first-level key with most items. */
  dropFromLongest(): T | undefined {
    if (this.count === 0) return undefined;
    this.count -= 1;
    const [longest] = [...this.branches].sort(([, a], [, b]) => b.size - a.size);
    if (!longest) return this.items.pop();
    const [key, branch] = longest;
    const item = branch.dropFromLongest();
    if (branch.size === 0) this.branches.delete(key);
    return item;
  }

  /** The number of items under the first-level key with most items. */
  longest(): number {
    return Math.max(0, ...[...this.branches.values()].map(({ size }) => size));
  }

  private takeItems(fits: (item: T) => boolean, atMost: number): T[] {
    const taken = this.items.filter(fits).slice(0, atMost);
    for (const item of taken) this.items.splice(this.items.indexOf(item), 1);
    return taken;
  }
}
