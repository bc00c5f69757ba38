import { dirname } from 'node:path';
import { Router } from 'express';
import helmet from 'helmet';
import { methodNotAllowed } from './error-handler';

/** The path of the API documentation in every service. */
export const DOCS_PATH = '/docs';

const PAGE = (title: string): string => `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="icon" href="${DOCS_PATH}/assets/favicon-32x32.png" />
    <link rel="stylesheet" href="${DOCS_PATH}/assets/swagger-ui.css" />
  </head>
  <body>
    <main id="swagger-ui"></main>
    <script src="${DOCS_PATH}/assets/swagger-ui-bundle.js"></script>
    <script src="${DOCS_PATH}/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

/** Resolved without loading the package, which would load its browser code into every process. */
const ASSETS_FOLDER = dirname(require.resolve('swagger-ui-dist/package.json'));

/** The files of the package that the page needs. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

/**
 * Serves Swagger UI from its package; the page loads nothing from other hosts.
 *
 * @param connectTo other origins that the page may call, for tokens.
 */
export function swaggerUi(title: string, connectTo: readonly string[] = []): Router {
  const router = Router();
  router.use(DOCS_PATH, contentSecurityPolicy(connectTo));
  router.get(DOCS_PATH, (_request, response) => void response.type('html').send(PAGE(title)));
  router.get(`${DOCS_PATH}/start.js`, (_request, response) => void response.type('js').send(START));
  for (const file of ASSETS) {
    router.get(`${DOCS_PATH}/assets/${file}`, (_request, response) => {
      response.sendFile(file, { root: ASSETS_FOLDER, maxAge: '1h' });
    });
  }
  const paths = [DOCS_PATH, `${DOCS_PATH}/start.js`, ...ASSETS.map((file) => `${DOCS_PATH}/assets/${file}`)];
  router.all(paths, methodNotAllowed('GET', 'HEAD'));
  return router;
}

/** The page uses style attributes and data: URLs for icons; scripts come from this service only. */
function contentSecurityPolicy(connectTo: readonly string[]) {
  return helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'", ...connectTo],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  });
}
