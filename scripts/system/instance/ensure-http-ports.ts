import { OperatorError } from '../operator-error';
import { IS_BLOCKED, isBlockedPort } from '../processes/blocked-ports';
import { type Settings, whereItRuns } from '../settings';

const HTTP_PORTS = ['ORDER_SERVICE_PORT', 'DELIVERY_SERVICE_PORT', 'SQS_PORT'];

/**
 * Checks, before a start, that browsers and `fetch`, which the scripts use, connect to the services and to SQS.
 * @throws OperatorError that names every variable with a port that they refuse
 */
export function ensureHttpPorts(settings: Settings): void {
  const { SQS_ENDPOINT: endpoint, ...where } = whereItRuns(settings);
  const ports = HTTP_PORTS.map((name): [string, string | undefined] => [name, where[name]]);
  if (endpoint !== undefined) ports.push(['SQS_ENDPOINT', new URL(endpoint).port]);
  const faults = ports
    .filter(([, port]) => isBlockedPort(Number(port)))
    .map(([name, port]) => `${name}: the port ${String(port)} ${IS_BLOCKED}`);
  if (faults.length > 0) throw new OperatorError('These settings are invalid:', faults);
}
