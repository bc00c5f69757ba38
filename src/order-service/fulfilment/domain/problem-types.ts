import { problemType } from '../../../shared/contracts/problem-types';

export const FINDING_NOT_FOUND = problemType(
  'not_found',
  'finding_not_found',
  'there is no finding about this order',
);
