import { problemType } from '../../../shared/contracts/problem-types';

export const CLIENT_NOT_FOUND = problemType('not_found', 'client_not_found', 'there is no such client');
export const CLIENT_EXISTS = problemType(
  'conflict',
  'client_exists',
  'there is a client with this id already',
);
export const OWN_CLIENT = problemType(
  'conflict',
  'own_client',
  'a client cannot shut itself out; let another one do it',
);
