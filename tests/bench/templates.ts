import { createDatabase, migrateDatabase } from '../support/production-stack/databases';
import { type Build } from './builds/build';
import { serviceEnvironment, type Ports } from './service-environment';

/** The names of the migrated databases of a build; each scenario starts from copies of them. */
export const templatesOf = ({ id }: Build) => ({
  orders: `template_orders_${id}`,
  deliveries: `template_deliveries_${id}`,
});

export async function makeTemplates(folder: string, ports: Ports, build: Build): Promise<void> {
  const templates = templatesOf(build);
  await createDatabase(ports.postgres, templates.orders);
  await createDatabase(ports.postgres, templates.deliveries);
  const environment = serviceEnvironment(folder, ports, templates);
  await Promise.all([
    migrateDatabase('order-service', environment, build.folder),
    migrateDatabase('delivery-service', environment, build.folder),
  ]);
}
