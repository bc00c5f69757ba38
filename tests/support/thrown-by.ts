/** The rejection reason of a promise; 'nothing' when it is fulfilled. */
export const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (error: unknown) => error,
  );
