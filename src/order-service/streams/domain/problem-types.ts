import { problemType } from '../../../shared/contracts/problem';

export const TOO_MANY_STREAMS = problemType(
  'quota_exceeded',
  'too_many_streams',
  'the client has as many streams as it may have; close one or try again later',
);
