export const SCENARIO_NAMES = [
  'create',
  'replay',
  'get',
  'list',
  'search',
  'flood',
  'token',
  'pipeline',
  'backlog',
  'growth',
  'soak',
] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** So long that one run must do. */
export const RUN_ONCE: readonly ScenarioName[] = ['soak'];
