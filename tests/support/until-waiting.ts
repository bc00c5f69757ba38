import { expect } from 'chai';
import { eventually } from './eventually';
import { rowsOf } from './rows';

/** Waits until exactly `count` sessions of a database wait for a lock, of those whose statement contains `statement`. */
export const untilWaiting = (url: string, count: number, statement = ''): Promise<void> =>
  eventually(async () => {
    const waiting = await rowsOf(
      url,
      `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND strpos(query, $1) > 0`,
      [statement],
    );
    expect(waiting).to.have.length(count);
  });
