/** What a promise is rejected with; 'nothing' when it is not. */
export const thrownBy = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'nothing',
    (error: unknown) => error,
  );
