import { send, type ApiResponse } from './api-client';

/** A request to an OAuth endpoint, as a form. */
export function postForm(
  url: string,
  parameters: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<ApiResponse> {
  const text = typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString();
  return send(url, 'POST', text, { 'Content-Type': 'application/x-www-form-urlencoded', ...headers });
}

export const basic = (clientId: string, secret: string): Record<string, string> => ({
  Authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`,
});

export const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
