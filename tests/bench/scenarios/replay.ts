import { newOrderRequest, sendOnce } from '../order-requests';
import { type Scenario } from '../scenario';
import { besideConstant } from './beside-constant';

const KEYS = 100;

/** Repeats orders under their idempotency keys. */
export const replay: Scenario = (context) =>
  besideConstant(context, {
    name: 'replay',
    expectedStatus: 201,
    async prepare({ apiUrl, tokens }) {
      const requests = Array.from({ length: KEYS }, () => newOrderRequest(tokens.shop));
      await Promise.all(requests.map((request) => sendOnce(apiUrl, request)));
      return requests;
    },
  });
