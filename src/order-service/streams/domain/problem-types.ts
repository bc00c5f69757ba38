import { problemType } from '../../../shared/contracts/problem';

export const TOO_MANY_STREAMS = problemType(
  'quota_exceeded',
  'too_many_streams',
  'a client can have 1000 streams at once; close one or try again later',
);
