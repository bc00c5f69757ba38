import { expect } from 'chai';
import { z } from 'zod';
import { openApiDocument } from '../../../src/shared/http/openapi-document';
import { jsonResponse, operation, type Operation } from '../../../src/shared/http/operation';

const lamp = z.object({ name: z.string() });

const declared = (more: Partial<Operation>) =>
  operation({
    id: 'createLamp',
    method: 'post',
    path: '/lamps',
    tag: 'lamps',
    summary: 'Create a lamp',
    description: 'Test',
    access: 'order:create',
    body: lamp,
    responses: { 201: jsonResponse('the lamp', lamp, { name: 'Ada' }, { Location: 'the path' }) },
    handle: () => undefined,
    ...(more as object),
  });

interface Documented {
  parameters?: { in: string; name: string; required?: boolean }[];
  responses: Record<string, { $ref?: string; headers?: object }>;
}

function documented(more: Partial<Operation>): Documented {
  const api = { title: 'Test', version: '1', description: 'Test', tags: [], tokenUrl: '/' };
  const document = openApiDocument({ ...api, operations: [declared(more)] });
  return (document.paths as Record<string, { post: Documented }>)['/lamps']!.post;
}

describe('an operation that is declared idempotent', () => {
  it('given the declaration, then the document has the header, the problems and the header of a replayed response', () => {
    const { parameters, responses } = documented({ idempotent: true });
    expect(parameters!.map(({ in: place, name, required }) => [place, name, required])).to.deep.equal([
      ['header', 'Idempotency-Key', undefined],
    ]);
    expect(Object.keys(responses[201]!.headers!)).to.have.members([
      'X-Correlation-Id',
      'Location',
      'Idempotency-Replayed',
    ]);
    expect(responses[400]!.$ref).to.contain('invalid_idempotency_key');
    expect(responses[409]!.$ref).to.contain('request_in_progress');
    expect(responses[422]!.$ref).to.contain('idempotency_key_reused');
  });

  it('given headers of its own, then the document has both', () => {
    const headers = z.object({ 'If-Match': z.string().optional() });
    const names = documented({ idempotent: true, headers }).parameters!.map(({ name }) => name);
    expect(names).to.have.members(['Idempotency-Key', 'If-Match']);
  });

  it('given no declaration, then the document has none of it', () => {
    const { parameters, responses } = documented({});
    expect(parameters ?? []).to.deep.equal([]);
    expect(Object.keys(responses)).to.not.include('409').and.to.not.include('422');
    expect(Object.keys(responses[201]!.headers!)).not.to.include('Idempotency-Replayed');
  });

  it('given an operation without a caller, or with a body that it reads itself, then it cannot be idempotent', () => {
    const rawBody = { parsers: [], content: {} };
    for (const more of [{ access: 'public' as const }, { rawBody }])
      expect(() => documented({ idempotent: true, ...more })).to.throw('/lamps: an idempotent operation');
  });
});
