import { createPrivateKey } from 'node:crypto';
import { signAccessToken } from '../../src/shared/auth/access-token';
import { ORDER_SERVICE_CLIENT_ID } from '../../src/shared/contracts/shipment-resource';
import { testKeys } from './keys';

/** A token like the one that the Order Service signs for itself, signed with the test keys. */
export function orderServiceToken(): string {
  const signer = {
    signingKey: () => createPrivateKey(testKeys.privatePem),
    issuer: 'http://localhost:3001',
    audience: 'order-processing-system',
    expiresIn: 300,
  };
  return signAccessToken(signer, ORDER_SERVICE_CLIENT_ID, [
    'shipment:read',
    'shipment:write',
    'order:manage',
  ]);
}
