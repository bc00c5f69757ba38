import { setTimeout as delay } from 'node:timers/promises';
import { diagnose, isContradictory } from '../health/diagnose';
import { type Observations } from '../health/observations';
import { observeCopy } from '../health/observe-copy';
import { observeElsewhere, type ServiceUrls } from '../health/observe-elsewhere';
import { type HealthReport } from '../health/report';
import { showReport } from '../health/show-report';
import { agreedSettings } from '../instance/settings-in-force';
import { type Settings } from '../settings';
import { currentSystem } from '../system';
import { commandLine } from '../terminal';

export interface HealthCheckOptions {
  readonly json: boolean;
  /** Services to check instead of those of this copy. */
  readonly elsewhere: ServiceUrls;
}

/** Services cache the health of their dependencies for one second. */
const ANSWERS_ARE_OLD_FOR_MS = 1_200;

/**
 * Reports the state of every component, causes before consequences; docs/HEALTH_CHECK.md describes lines, JSON and exit codes.
 * @returns 0 when all is healthy, else 1
 */
export async function healthCheck(given: Settings, { json, elsewhere }: HealthCheckOptions): Promise<number> {
  const report =
    Object.keys(elsewhere).length > 0 ? await reportElsewhere(elsewhere) : await reportCopy(given);
  if (json) console.log(JSON.stringify(report, null, 2));
  else if (report.status === 'stopped') console.log(stoppedSentence(report));
  else showReport(report);
  return report.status === 'healthy' ? 0 : 1;
}

async function reportElsewhere(urls: ServiceUrls): Promise<HealthReport> {
  const seen = await observeElsewhere(urls);
  return reportOf(seen, null);
}

async function reportCopy(given: Settings): Promise<HealthReport> {
  const settings = agreedSettings(given);
  const system = currentSystem(settings);
  const seen = await settled(() => observeCopy(settings, system));
  const found = reportOf(seen, settings.instanceId);
  return isStopped(seen) ? asStopped(found) : found;
}

function reportOf(seen: Observations, instanceId: string | null): HealthReport {
  const { status, ...diagnosis } = diagnose(seen);
  return { status, instance_id: instanceId, checked_at: new Date().toISOString(), ...diagnosis };
}

async function settled(observe: () => Promise<Observations>): Promise<Observations> {
  const seen = await observe();
  if (!isContradictory(seen)) return seen;
  await delay(ANSWERS_ARE_OLD_FOR_MS);
  return observe();
}

const IS_STOPPED = /^(stopped|its container does not run)/;

/** No component of this copy runs. */
const isStopped = ({ dependencies, services }: Observations): boolean =>
  services.every(({ fault }) => IS_STOPPED.test(fault ?? '')) &&
  dependencies.every(({ isOurs, fault, off }) => !isOurs || off !== null || IS_STOPPED.test(fault ?? ''));

function asStopped(report: HealthReport): HealthReport {
  return {
    ...report,
    status: 'stopped',
    failures: 0,
    consequences: 0,
    next_step: commandLine('up'),
    components: report.components.map((component) =>
      component.status === 'failed' && IS_STOPPED.test(component.problem ?? '')
        ? { ...component, status: 'stopped', next_step: null }
        : component,
    ),
  };
}

/** Also names ports that another program uses, because the start would fail. */
function stoppedSentence({ components, next_step: step }: HealthReport): string {
  const taken = components.flatMap(({ name, problem }) => {
    const [, port] = /^stopped; (port .*)$/.exec(problem ?? '') ?? [];
    return port === undefined ? [] : [` ${name}: ${port}.`];
  });
  return `This copy of the system is not running: start it with ${step ?? ''}.${taken.join('')}`;
}
