import { type ClientResource } from '../../../shared/contracts/client-resource';
import { type Scope } from '../../../shared/contracts/scopes';

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
