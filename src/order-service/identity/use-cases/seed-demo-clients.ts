import { type Scope, type ScopeDeclaration } from '../../../shared/contracts/scopes';
import { type Queryable } from '../../../shared/postgres/queryable';
import { deleteClient, existingClients, extendUnchangedClient, insertClient } from '../store/client-store';

/** Two shops that must not see each other's data, and an operator. */
const demoClients = ({ scopes, ofShops }: ScopeDeclaration): Record<string, readonly Scope[]> => ({
  'demo-client': ofShops,
  'demo-other': ofShops,
  'demo-operator': scopes,
});

const DEMO_CLIENT_IDS = ['demo-client', 'demo-other', 'demo-operator'];

const DEMO_SECRET = 'demo-secret';

/**
 * Adds the clients that local mode and the demo use, all with a publicly known secret. A client that exists, or existed, does not change:
 * an operator may have rotated its secret, disabled or deleted it. The scopes of an unchanged client are updated to those of this
 * version.
 *
 * @returns a sentence that says which demo clients exist.
 */
export async function seedDemoClients(
  db: Queryable,
  hashSecret: (secret: string) => Promise<string>,
  ofService: ScopeDeclaration,
): Promise<string> {
  for (const [clientId, scopes] of Object.entries(demoClients(ofService))) {
    const client = { clientId, name: clientId, scopes, secretHash: await hashSecret(DEMO_SECRET) };
    if (!(await insertClient(db, client))) await extendUnchangedClient(db, clientId, scopes);
  }
  const found = await existingClients(db, DEMO_CLIENT_IDS);
  const removed = DEMO_CLIENT_IDS.filter((clientId) => !found.includes(clientId));
  return removed.length === 0
    ? 'the demo clients exist'
    : `the demo clients ${removed.join(', ')} were removed and are not created again`;
}

/** Removes the demo clients; their orders stay, and their ids are never used again. Returns the ids of those that existed. */
export async function removeDemoClients(db: Queryable): Promise<string[]> {
  const found = await existingClients(db, DEMO_CLIENT_IDS);
  for (const clientId of found) await deleteClient(db, clientId);
  return found;
}

/** @throws Error when the database has a demo client: production must not run with a publicly known secret. */
export async function refuseDemoClients(db: Queryable): Promise<void> {
  const found = await existingClients(db, DEMO_CLIENT_IDS);
  if (found.length > 0)
    throw new Error(
      `the demo clients ${found.join(', ')} exist in a production database; run npm run remove-demo-clients`,
    );
}
