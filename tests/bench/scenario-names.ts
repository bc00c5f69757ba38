export const SCENARIO_NAMES = [
  'create',
  'replay',
  'get',
  'list',
  'search',
  'flood',
  'token',
  'token-flood',
  'pipeline',
  'backlog',
  'growth',
  'export',
  'soak',
  'stream',
  'webhook',
  'flash-sale',
  'catalogue',
  'instances',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** Long scenarios that run once only. */
export const RUN_ONCE: readonly ScenarioName[] = ['export', 'soak', 'catalogue'];

/** Scenarios that run only when they are named. */
export const ONLY_WHEN_NAMED: readonly ScenarioName[] = ['instances'];
