import { type Scenario } from '../scenario';
import { type ScenarioName } from '../scenario-names';
import { create } from './create';
import { get } from './get';
import { pipeline } from './pipeline';
import { replay } from './replay';

export const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = { create, replay, get, pipeline };
