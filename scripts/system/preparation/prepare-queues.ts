import { join } from 'node:path';
import { infrastructureUrls } from '../components/infrastructure-urls';
import { OperatorError } from '../operator-error';
import { runToEnd } from '../processes/run-to-end';
import { type Settings } from '../settings';
import { report } from '../terminal';

/** Creates missing queues in an external SQS. The local SQS creates them at its start. */
export async function prepareExternalQueues(settings: Settings): Promise<void> {
  const script = join(__dirname, '..', 'ensure-queues.ts');
  const { exitCode, output } = await runToEnd(process.execPath, ['-r', 'ts-node/register', script], {
    cwd: settings.projectFolder,
    env: { ...settings.environment, ...infrastructureUrls(settings, 'external'), NODE_NO_WARNINGS: '1' },
  });
  if (exitCode !== 0) throw new OperatorError('The queues could not be created:', output.trim().split('\n'));
  report('queues', 'in place');
}
