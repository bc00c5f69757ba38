import { type Scenario } from '../scenario';
import { type ScenarioName } from '../scenario-names';
import { backlog } from './backlog';
import { create } from './create';
import { get } from './get';
import { growth } from './growth';
import { list } from './list';
import { pipeline } from './pipeline';
import { replay } from './replay';
import { soak } from './soak';
import { token } from './token';

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  create,
  replay,
  get,
  list,
  token,
  pipeline,
  backlog,
  growth,
  soak,
};
