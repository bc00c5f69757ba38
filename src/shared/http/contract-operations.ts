import { z } from 'zod';
import { openApiDocument, type ApiDescription } from './openapi-document';
import { operation, type Operation } from './operation';

export const CONTRACT_TAG = {
  name: 'contract',
  description: 'This description of the API, and the way to it.',
};

/** `/openapi.json`: the contract of the API, which also describes this very operation. */
export function contractOperation(api: () => ApiDescription): Operation {
  let text: string | undefined;
  return operation({
    id: 'getOpenApi',
    method: 'get',
    path: '/openapi.json',
    tag: CONTRACT_TAG.name,
    summary: 'Read the contract of this API',
    description: 'An OpenAPI 3.1 document, made from the schemas that check the requests.',
    access: 'public',
    quota: 'none',
    answers: {
      200: {
        description: 'the document',
        content: {
          'application/json': {
            schema: z.looseObject({ openapi: z.string() }),
            example: { openapi: '3.1.0' },
          },
        },
      },
    },
    handle({ response }) {
      text ??= JSON.stringify(openApiDocument(api()));
      response.set('Cache-Control', 'no-cache').type('json').send(text);
    },
  });
}
