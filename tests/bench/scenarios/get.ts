import { type LoadRequest } from '../load';
import { newOrderRequest, sendOnce } from '../order-requests';
import { type Scenario } from '../scenario';
import { besideConstant } from './beside-constant';

const ORDERS = 200;
const AT_ONCE = 10;

/** Reads single orders. */
export const get: Scenario = (context) =>
  besideConstant(context, {
    name: 'get',
    expectedStatus: 200,
    async prepare({ apiUrl, tokens }) {
      const placedOrder = async (token: string): Promise<LoadRequest> => {
        const text = await sendOnce(apiUrl, newOrderRequest(token));
        const { order_id: orderId } = JSON.parse(text) as { order_id: string };
        return { method: 'GET', path: `/orders/${orderId}`, headers: { Authorization: `Bearer ${token}` } };
      };
      const requests: LoadRequest[] = [];
      while (requests.length < ORDERS)
        requests.push(
          ...(await Promise.all(Array.from({ length: AT_ONCE }, () => placedOrder(tokens.shop)))),
        );
      return requests;
    },
  });
