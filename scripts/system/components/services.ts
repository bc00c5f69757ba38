import { join } from 'node:path';
import { ensurePortFree } from '../processes/ensure-port-free';
import { startDetached } from '../processes/start-detached';
import { stopProcess } from '../processes/stop-process';
import { type Infra, type Settings } from '../settings';
import { type Component } from './component';
import { serviceFault } from './service-fault';
import { reachableHost } from './service-origin';
import { serviceEnvironment } from './service-environment';

type ServiceName = 'order-service' | 'delivery-service';

const READY_WITHIN_MS = 30_000;
const DRAINS_WITHIN_MS = 15_000;

/** The two services, run from dist/. */
export function services(settings: Settings, infra: Infra): Component[] {
  const { orderService, deliveryService } = settings.ports;
  return [
    service('order-service', orderService, 'ORDER_SERVICE_PORT', settings, infra),
    service('delivery-service', deliveryService, 'DELIVERY_SERVICE_PORT', settings, infra),
  ];
}

function service(
  name: ServiceName,
  port: number,
  portVariable: string,
  settings: Settings,
  infra: Infra,
): Component {
  const host = reachableHost(settings.host);
  const origin = `http://${host}:${String(port)}`;
  const fault = (): Promise<string | null> => serviceFault({ name, origin, instanceId: settings.instanceId });
  return {
    name,
    host,
    port,
    fault,
    control: {
      ensureStartable: () => ensurePortFree(settings.host, port, portVariable),
      start: (onSpawn) =>
        startDetached({
          name,
          command: process.execPath,
          args: ['--enable-source-maps', join(settings.projectFolder, 'dist', name, 'server.js')],
          cwd: settings.projectFolder,
          env: serviceEnvironment(settings, infra),
          logFile: join(settings.stateFolder, 'logs', `${name}.log`),
          isReady: async () => (await fault()) === null,
          readyWithinMs: READY_WITHIN_MS,
          onSpawn,
        }),
      stop: (pid) => stopProcess(pid, 'SIGTERM', DRAINS_WITHIN_MS),
    },
  };
}
