/** The client that sends a request, and its scopes. */
export interface AuthenticatedClient {
  clientId: string;
  scopes: readonly string[];
}
