import { styled } from '../terminal';
import { type ComponentReport, type ComponentVerdict, type HealthReport, type SystemVerdict } from './report';

const COLOURS: Record<ComponentVerdict, Parameters<typeof styled>[0]> = {
  healthy: 'green',
  failed: 'red',
  affected: 'yellow',
  stopped: 'red',
  off: 'dim',
  unknown: 'dim',
};

const EFFECTS: Record<SystemVerdict, string> = {
  healthy: '',
  degraded: 'orders are taken',
  down: 'no order can be placed',
  stopped: 'no order can be placed',
};

/** Prints one line for each component, with its next step, and a summary line. */
export function showReport(report: HealthReport): void {
  for (const component of report.components) console.log(lineOf(component));
  console.log(
    report.failures === 0
      ? 'All is healthy.'
      : `${counted(report.failures, 'failure')}, ${counted(report.consequences, 'consequence')}; ${EFFECTS[report.status]}.`,
  );
}

function lineOf({
  name,
  status,
  address,
  problem,
  because_of: because,
  next_step: step,
  warnings,
}: ComponentReport): string {
  const also = status === 'failed' && because.length > 0 ? [`also affected by ${because.join(', ')}`] : [];
  const parts = [
    ...(problem === null
      ? [address ?? (status === 'unknown' ? 'no service reports it' : 'as reported by the services')]
      : [problem]),
    ...also,
    ...warnings.map((warning) => `warning: ${warning}`),
    ...(step === null ? [] : [`next: ${step}`]),
  ];
  return `  ${styled('bold', name.padEnd(18))}${styled(COLOURS[status], status.padEnd(10))}${parts.join('; ')}`;
}

const counted = (count: number, what: string): string => `${String(count)} ${what}${count === 1 ? '' : 's'}`;
