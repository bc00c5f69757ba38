/** A queue server on this machine takes any credentials, but the SDK will not send a request without. */
export function useLocalCredentials(): void {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'local';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'local';
}
