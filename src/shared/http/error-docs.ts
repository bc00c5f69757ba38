import { join } from 'node:path';
import { type RequestHandler } from 'express';

/** Where every service serves the page that the `type` of a problem points to. */
export const ERROR_DOCS_PATH = '/docs/errors.md';

const DOCS_FOLDER = join(__dirname, '..', '..', '..', 'docs');

/** The catalogue of error codes, as Markdown. */
export const errorDocs: RequestHandler = (_request, response) => {
  response.type('text/markdown').sendFile('errors.md', { root: DOCS_FOLDER });
};
