import { type OrderStatus } from '../../../src/shared/contracts/status-machines';

/**
 * The statuses of orders whose units have been given back to the stock.
 *
 * @param restocksReturns whether returned orders put their units back in this system.
 */
export const statusesGivenBack = (restocksReturns: boolean): readonly OrderStatus[] =>
  restocksReturns ? ['CANCELLED', 'RETURNED'] : ['CANCELLED'];
