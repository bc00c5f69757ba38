/** A machine as one table: for each status the statuses that may follow it. A status without followers is an end. */
export type StatusTable<S extends string> = Readonly<Record<S, readonly S[]>>;

export interface StatusMachine<S extends string> {
  readonly statuses: readonly S[];
  allowedFrom(from: S): readonly S[];
  isAllowed(from: S, to: S): boolean;
  isEnd(status: S): boolean;
}

/** Gives a status table its questions. */
export function statusMachine<S extends string>(table: StatusTable<S>): StatusMachine<S> {
  return {
    statuses: Object.keys(table) as S[],
    allowedFrom: (from) => table[from],
    isAllowed: (from, to) => table[from].includes(to),
    isEnd: (status) => table[status].length === 0,
  };
}
