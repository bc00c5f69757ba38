/** Why an endpoint gets no events: its client disabled it, it answered 410, it failed too long, or its client was disabled. */
export const DISABLED_REASONS = ['by_client', 'gone', 'failing', 'client_disabled'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** Where a client has events sent. */
export interface WebhookEndpoint {
  endpointId: string;
  clientId: string;
  url: string;
  /** Empty: all types. */
  eventTypes: readonly string[];
  isEnabled: boolean;
  /** Null while it is enabled. */
  disabledReason: DisabledReason | null;
  description: string | null;
  metadata: Readonly<Record<string, string>>;
  /** Until when requests also have the signature of the previous secret; null: there is none. */
  previousSecretUntil: Date | null;
  /** Events before this time may be missing: some were removed from the log before they were queued. Null: none is missing. */
  missedBefore: Date | null;
  createdAt: Date;
  updatedAt: Date;
  version: number;
}

/** The members that a client can change; an undefined member keeps its value. */
export interface EndpointChange {
  url?: string | undefined;
  eventTypes?: readonly string[] | undefined;
  isEnabled?: boolean | undefined;
  description?: string | null | undefined;
  metadata?: Readonly<Record<string, string>> | undefined;
}

/** Applies a change, which counts the version; null when it changes nothing. */
export function changeEndpoint(
  endpoint: WebhookEndpoint,
  change: EndpointChange,
  now: Date,
): WebhookEndpoint | null {
  const present = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const changed = { ...endpoint, ...(present as Partial<WebhookEndpoint>) };
  if (JSON.stringify(contentOf(changed)) === JSON.stringify(contentOf(endpoint))) return null;
  const isSame = changed.isEnabled === endpoint.isEnabled;
  return {
    ...changed,
    disabledReason: isSame ? endpoint.disabledReason : changed.isEnabled ? null : 'by_client',
    updatedAt: now,
    version: endpoint.version + 1,
  };
}

const contentOf = ({ url, eventTypes, isEnabled, description, metadata }: WebhookEndpoint) => [
  url,
  [...eventTypes].sort(),
  isEnabled,
  description,
  Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)),
];
