import { type PhasedScenario, type Scenario } from '../scenario';
import { type ScenarioName } from '../scenario-names';
import { backlog } from './backlog';
import { catalogue } from './catalogue';
import { create } from './create';
import { exportOrders } from './export';
import { flashSale } from './flash-sale';
import { flood } from './flood';
import { get } from './get';
import { growth } from './growth';
import { instances } from './instances';
import { list } from './list';
import { pipeline } from './pipeline';
import { replay } from './replay';
import { search } from './search';
import { soak } from './soak';
import { stream } from './stream';
import { token } from './token';
import { tokenFlood } from './token-flood';
import { webhook } from './webhook';

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario | PhasedScenario>> = {
  create,
  replay,
  get,
  list,
  search,
  flood,
  token,
  'token-flood': tokenFlood,
  pipeline,
  backlog,
  growth,
  export: exportOrders,
  soak,
  stream,
  webhook,
  'flash-sale': flashSale,
  catalogue,
  instances,
};
