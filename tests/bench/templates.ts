import { createDatabase, migrateDatabase } from '../support/production-stack/databases';
import { serviceEnvironment, type Ports } from './service-environment';

/** Migrated databases that each scenario starts from a copy of. */
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
