/** A local queue server accepts any credentials, but the SDK requires some. */
export function useLocalCredentials(): void {
  process.env['AWS_ACCESS_KEY_ID'] ??= 'local';
  process.env['AWS_SECRET_ACCESS_KEY'] ??= 'local';
}
