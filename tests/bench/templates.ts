import { createDatabase, migrateDatabase } from '../support/production-stack/databases';
import { serviceEnvironment, type Ports } from './service-environment';

/** Databases as the migrations leave them, to start each scenario from a copy. */
export const TEMPLATES = { orders: 'template_orders', deliveries: 'template_deliveries' } as const;

export async function makeTemplates(folder: string, ports: Ports): Promise<void> {
  await createDatabase(ports.postgres, TEMPLATES.orders);
  await createDatabase(ports.postgres, TEMPLATES.deliveries);
  const environment = serviceEnvironment(folder, ports, TEMPLATES);
  await Promise.all([
    migrateDatabase('order-service', environment),
    migrateDatabase('delivery-service', environment),
  ]);
}
