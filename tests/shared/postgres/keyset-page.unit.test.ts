import { expect } from 'chai';
import { z } from 'zod';
import { uuid } from '../../../src/shared/contracts/text';
import { timestamp } from '../../../src/shared/contracts/timestamps';
import { decodeCursor, encodeCursor, readPage } from '../../../src/shared/postgres/keyset-page';
import { thrownBy } from '../../support/thrown-by';

const ID = '0190a0a0-0000-7000-8000-000000000001';
const position = z.tuple([z.literal('created_at'), timestamp, uuid]);
const POSITION = ['created_at', '2026-01-02T03:04:05.678901Z', ID] as const;

const faultOf = (cursor: string): Promise<unknown> =>
  thrownBy(Promise.resolve().then(() => decodeCursor(position, cursor)));

describe('a page of a list', () => {
  it('given a position, then its cursor decodes to the same position', () => {
    expect(decodeCursor(position, encodeCursor(POSITION))).to.deep.equal(POSITION);
  });

  it('given a position of another list, then the cursor is invalid', async () => {
    for (const other of [
      ['updated_at', POSITION[1], ID],
      ['created_at', 'yesterday', ID],
      ['created_at', '10000-01-01T00:00:00.000000Z', ID],
      ['created_at', POSITION[1], 'not-an-id'],
      ['created_at', POSITION[1]],
      [...POSITION, 1],
      null,
      'text',
      {},
    ])
      expect(await faultOf(encodeCursor(other)), JSON.stringify(other)).to.include({
        code: 'invalid_cursor',
      });
  });

  it('given any other text, then the cursor is invalid', async () => {
    const cursor = encodeCursor(POSITION);
    for (const text of ['', '.', cursor.slice(1), cursor.slice(0, -3), 'null', '%00', '😀'])
      expect(await faultOf(text), text).to.include({ code: 'invalid_cursor' });
  });

  it('given rows, then each page begins after the previous one, and only the last one has no cursor', async () => {
    const rows = [1, 2, 3, 4, 5];
    const pageOf = (cursor: string | undefined, limit: number) =>
      readPage(
        { cursor, limit },
        {
          position: z.int(),
          positionOf: (row: number) => row,
          read: (after, atMost) => Promise.resolve(rows.filter((row) => row > (after ?? 0)).slice(0, atMost)),
        },
      );
    for (const limit of [1, 2, 3, 5, 6]) {
      const seen: number[] = [];
      let cursor: string | undefined;
      do {
        const page = await pageOf(cursor, limit);
        expect(page.rows).to.have.length.within(1, limit);
        seen.push(...page.rows);
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen, String(limit)).to.deep.equal(rows);
    }
  });
});
