import { join } from 'node:path';
import { serviceEnvironment } from '../components/service-environment';
import { OperatorError } from '../operator-error';
import { runToEnd } from '../processes/run-to-end';
import { report } from '../terminal';
import { seedsDemoClients, type Infra, type Settings } from '../settings';

/**
 * Migrates the databases of both services in parallel, and creates the demo clients where allowed. Migrations for the time after the deployment
 * are applied too, except on external servers, where the previous version may still run on another machine. Prints the lines of a
 * migration that takes long.
 */
export async function migrate(settings: Settings, infra: Infra): Promise<void> {
  const environment = serviceEnvironment(settings, infra);
  const options = infra === 'external' ? [] : ['--after-deployment'];
  await Promise.all([
    migrateService('order-service', settings, options, {
      ...environment,
      SEED_DEMO_CLIENTS: String(seedsDemoClients(settings, infra)),
    }),
    migrateService('delivery-service', settings, options, environment),
  ]);
}

async function migrateService(
  name: string,
  settings: Settings,
  options: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const program = join(settings.projectFolder, 'dist', name, 'migrate.js');
  const { exitCode, output } = await runToEnd(
    process.execPath,
    ['--enable-source-maps', program, ...options],
    {
      cwd: settings.projectFolder,
      env,
      onErrorLine(line) {
        if (line.startsWith(`${name}: `)) report('databases', line);
      },
    },
  );
  if (exitCode !== 0) {
    throw new OperatorError(`The tables of ${name} could not be migrated:`, output.trim().split('\n'));
  }
}
