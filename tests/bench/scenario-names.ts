export const SCENARIO_NAMES = ['create', 'replay', 'get', 'pipeline'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];
