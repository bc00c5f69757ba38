import { join } from 'node:path';
import { serviceEnvironment } from '../components/service-environment';
import { OperatorError } from '../operator-error';
import { runToEnd } from '../processes/run-to-end';
import { report } from '../terminal';
import { seedsDemoClients, type Infra, type Settings } from '../settings';

/**
 * Migrates the databases of both services in parallel, and creates the demo clients where allowed. Prints the lines of a migration that
 * takes long.
 */
export async function migrate(settings: Settings, infra: Infra): Promise<void> {
  const environment = serviceEnvironment(settings, infra);
  await Promise.all([
    migrateService('order-service', settings, {
      ...environment,
      SEED_DEMO_CLIENTS: String(seedsDemoClients(settings, infra)),
    }),
    migrateService('delivery-service', settings, environment),
  ]);
}

async function migrateService(name: string, settings: Settings, env: NodeJS.ProcessEnv): Promise<void> {
  const program = join(settings.projectFolder, 'dist', name, 'migrate.js');
  const { exitCode, output } = await runToEnd(process.execPath, ['--enable-source-maps', program], {
    cwd: settings.projectFolder,
    env,
    onErrorLine(line) {
      if (line.startsWith(`${name}: `)) report('databases', line);
    },
  });
  if (exitCode !== 0) {
    throw new OperatorError(`The tables of ${name} could not be migrated:`, output.trim().split('\n'));
  }
}
