import { json, Router, urlencoded, type ErrorRequestHandler, type Response } from 'express';
import { z } from 'zod';
import { signAccessToken, type TokenSigner } from '../../shared/auth/access-token';
import { type AppError } from '../../shared/errors';
import { methodNotAllowed } from '../../shared/http/method-not-allowed';
import { addLogField } from '../../shared/observability/context';
import {
  authenticateClient,
  type AuthenticateClientDependencies,
  type Grant,
} from '../services/clients/authenticate-client';

export interface TokenRoutesDependencies extends AuthenticateClientDependencies {
  signer: TokenSigner;
}

const tokenRequest = z.object({
  grant_type: z.string(),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  scope: z.string().optional(),
});

/** `POST /auth/token`: the client credentials grant (RFC 6749 §4.4), as a form or, beyond the standard, as JSON. */
export function tokenRoutes(deps: TokenRoutesDependencies): Router {
  const router = Router();
  const form = urlencoded({ extended: false, limit: '10kb', parameterLimit: 20 });
  router.post('/auth/token', form, json({ limit: '10kb' }), async (request, response) => {
    response.set({ 'Cache-Control': 'no-store', Pragma: 'no-cache' });
    const { data: asked } = tokenRequest.safeParse(request.body ?? {});
    if (!asked)
      return refuse(
        response,
        400,
        'invalid_request',
        'grant_type, client_id and client_secret are needed, once each',
      );
    if (asked.grant_type !== 'client_credentials') {
      return refuse(response, 400, 'unsupported_grant_type', 'only client_credentials is supported');
    }
    const grant = await authenticateClient(deps, asked.client_id, asked.client_secret);
    if (!grant)
      return refuse(response, 401, 'invalid_client', 'the client is unknown or the secret is wrong');
    addLogField('client_id', grant.clientId);
    const scopes = grantedScopes(grant, asked.scope);
    if (!scopes)
      return refuse(
        response,
        400,
        'invalid_scope',
        'the client does not have every scope that was asked for',
      );
    response.json({
      access_token: signAccessToken(deps.signer, grant.clientId, scopes),
      token_type: 'Bearer',
      expires_in: deps.signer.expiresIn,
      scope: scopes.join(' '),
    });
  });
  router.all('/auth/token', methodNotAllowed('POST'));
  router.use('/auth/token', unreadableBody);
  return router;
}

/** All of the client's scopes, or those asked for; null when one of them is not the client's. */
function grantedScopes({ scopes }: Grant, asked: string | undefined): readonly string[] | null {
  const wanted = [...new Set(asked?.split(' ').filter(Boolean))];
  if (wanted.length === 0) return scopes;
  return wanted.every((scope) => (scopes as readonly string[]).includes(scope)) ? wanted : null;
}

/** Errors of this endpoint have the shape of RFC 6749 §5.2, not of a problem. */
function refuse(response: Response, status: number, error: string, description: string): void {
  response.status(status).json({ error, error_description: description });
}

const unreadableBody: ErrorRequestHandler = (
  error: AppError | { status?: number },
  _request,
  response,
  next,
) => {
  const isUnreadable = 'status' in error && error.status !== undefined && error.status < 500;
  if (!isUnreadable) return next(error);
  refuse(response, 400, 'invalid_request', 'the request body could not be read');
};
