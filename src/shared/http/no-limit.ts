import { type RequestHandler } from 'express';

/** A service without quotas. */
export const noLimit: RequestHandler = (_request, _response, next) => next();
