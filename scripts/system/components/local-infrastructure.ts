import { join } from 'node:path';
import { httpFault, postgresFault, redisFault } from '../infrastructure/answers';
import { startPostgres, stopPostgres } from '../infrastructure/postgres';
import { ensurePortFree } from '../processes/ensure-port-free';
import { startRedis, stopRedis } from '../infrastructure/redis';
import { ensureRedisProgram } from '../infrastructure/redis-program';
import { startSqs, stopSqs } from '../infrastructure/sqs';
import { type Settings } from '../settings';
import { type Component } from './component';
import { ownServerFault } from './own-server-fault';

const HOST = '127.0.0.1';

/** Infrastructure as local processes, on the loopback address only. */
export function localInfrastructure(settings: Settings): Component[] {
  return [postgres(settings), ...(settings.withoutRedis ? [] : [redis(settings)]), sqs(settings)];
}

function postgres({ stateFolder, ports: { postgres: port } }: Settings): Component {
  return {
    name: 'postgres',
    host: HOST,
    port,
    fault: (pid) => ownServerFault(pid, port, () => postgresFault({ host: HOST, port })),
    control: {
      ensureStartable: () => ensurePortFree(HOST, port, 'POSTGRES_PORT'),
      start: (onSpawn) =>
        startPostgres({ stateFolder, port, logFile: logFile(stateFolder, 'postgres'), onSpawn }),
      stop: stopPostgres,
    },
  };
}

function redis({ stateFolder, ports: { redis: port }, environment }: Settings): Component {
  return {
    name: 'redis',
    host: HOST,
    port,
    fault: (pid) => ownServerFault(pid, port, () => redisFault({ host: HOST, port })),
    control: {
      ensureStartable: () => ensurePortFree(HOST, port, 'REDIS_PORT'),
      start: async (onSpawn) =>
        startRedis({
          onSpawn,
          stateFolder,
          program: await ensureRedisProgram(environment['PATH'] ?? '', logFile(stateFolder, 'apt-get')),
          port,
          logFile: logFile(stateFolder, 'redis'),
        }),
      stop: stopRedis,
    },
  };
}

function sqs({ stateFolder, ports: { sqs: port }, environment }: Settings): Component {
  return {
    name: 'sqs',
    host: HOST,
    port,
    fault: (pid) => ownServerFault(pid, port, () => httpFault(`http://${HOST}:${String(port)}/health`)),
    control: {
      ensureStartable: () => ensurePortFree(HOST, port, 'SQS_PORT'),
      start: (onSpawn) =>
        startSqs({
          onSpawn,
          port,
          logFile: logFile(stateFolder, 'sqs'),
          queuePrefix: environment['QUEUE_NAME_PREFIX'] ?? '',
        }),
      stop: stopSqs,
    },
  };
}

function logFile(stateFolder: string, name: string): string {
  return join(stateFolder, 'logs', `${name}.log`);
}
