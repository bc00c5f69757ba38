import { checkOutbox } from '../shared/event-log/outbox-health';
import { schemaCheck } from '../shared/postgres/schema-check';
import { createHousekeepingLoop } from '../shared/runtime/background-loop';
import { type Component } from '../shared/runtime/lifecycle';
import { orderSchema } from './migrations';
import { type Module, type Platform } from './platform';

/** The health checks of the platform and of the modules. */
export function healthChecks({ database: db, redis, queues }: Platform, modules: readonly Module[]) {
  return {
    postgres: { check: () => db.query('SELECT 1'), critical: true },
    ...(redis && { redis: { check: () => redis.check(), critical: false } }),
    sqs: { check: () => queues.check(), critical: false },
    outbox: { check: () => checkOutbox(db), critical: false },
    ...Object.assign({}, ...modules.map((module) => module.healthChecks)),
  };
}

/** In start order. The relay stops after the components that write events. */
export function componentsOf(
  schema: string,
  { database, readPool, redis, queues, relay, sequencer, logger }: Platform,
  modules: readonly Module[],
): Component[] {
  const moduleComponents = modules.flatMap(({ components }) => components);
  const housekeeping = createHousekeepingLoop(
    modules.flatMap((module) => module.housekeeping),
    logger,
  );
  return [
    database,
    schemaCheck(database, orderSchema(schema), logger),
    ...moduleComponents.filter(({ isCondition }) => isCondition),
    readPool,
    ...(redis ? [redis] : []),
    queues,
    relay,
    sequencer,
    ...moduleComponents.filter(({ isCondition }) => !isCondition),
    housekeeping,
  ];
}
