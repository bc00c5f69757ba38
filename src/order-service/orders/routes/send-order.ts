import { type Response } from 'express';
import { etagOf } from '../../../shared/http/conditional-requests';
import { type Order } from '../domain/order';
import { toOrderResource } from '../domain/order-resource';

/** Answers with an order and the entity tag of its version. */
export function sendOrder(response: Response, status: number, order: Order): void {
  response.status(status).set('ETag', etagOf(order.version)).json(toOrderResource(order));
}
