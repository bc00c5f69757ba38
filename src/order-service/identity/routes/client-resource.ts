import { type Scope } from '../../../shared/contracts/scopes';
import { type ClientResource } from '../domain/client-resource';

/** A client as the API shows it. */
export function toClientResource(client: {
  clientId: string;
  name: string | null;
  scopes: readonly Scope[];
  disabled: boolean;
  createdAt: Date;
  updatedAt: Date;
}): ClientResource {
  return {
    client_id: client.clientId,
    name: client.name,
    scopes: client.scopes,
    disabled: client.disabled,
    created_at: client.createdAt.toISOString(),
    updated_at: client.updatedAt.toISOString(),
  };
}

/** The client in the examples of the API. */
export const EXAMPLE_CLIENT: ClientResource = {
  client_id: 'lamp-shop',
  name: 'Lamp shop',
  scopes: ['order:create', 'order:read'],
  disabled: false,
  created_at: '2026-11-21T04:00:10.755Z',
  updated_at: '2026-11-21T04:00:10.755Z',
};

export const EXAMPLE_CLIENT_WITH_SECRET = {
  ...EXAMPLE_CLIENT,
  client_secret: 'mR3Yw5cQk0n2bX8tPzL1vH7sJ4dF6gA9eU0iO3qW5rT',
};
