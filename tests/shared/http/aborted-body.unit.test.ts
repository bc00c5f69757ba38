import { expect } from 'chai';
import { type Request, type Response } from 'express';
import { type AppError } from '../../../src/shared/errors';
import { bodyReader } from '../../../src/shared/http/request-body';

describe('a request body whose connection has ended before it was read', () => {
  it('then the request is refused, and is not an error of the service', () => {
    const headers = { 'content-type': 'application/json', 'content-length': '2' };
    const request = { headers, complete: false, socket: { readable: false } };
    const outcomes: unknown[] = [];
    const read = bodyReader({ types: ['application/json'], maxBytes: 100 });
    void read(request as unknown as Request, {} as Response, (error) => void outcomes.push(error));
    expect(outcomes.map((error) => (error as AppError).code)).to.deep.equal(['malformed_json']);
  });
});
