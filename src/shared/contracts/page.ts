import { z } from 'zod';
import { integerParameter } from './integers';

/** The query parameters of a list that is read page by page: at most 100 rows a page. */
export const pageParameters = {
  limit: integerParameter(1, 100, 20),
  cursor: z
    .string()
    .max(500)
    .optional()
    .describe('`next_cursor` of the page before, with the same filters and sort'),
};
