import { type Pool } from 'pg';

/** The databases of both services. */
export interface Databases {
  orders: Pool;
  deliveries: Pool;
}
