import { type ServiceName } from '../support/production-stack/instance';
import { type System } from './system';

export interface ServiceMetrics {
  /** Since the previous read. */
  eventLoopP99Ms: number;
  unpublishedEvents: number;
}

/** Values from a service's `/metrics`. */
export async function readServiceMetrics(
  { urls, tokens }: System,
  service: ServiceName,
): Promise<ServiceMetrics> {
  const response = await fetch(`${urls[service]}/metrics`, {
    headers: { Authorization: `Bearer ${tokens.operator}` },
  });
  if (!response.ok)
    throw new Error(`the metrics of ${service} were answered with ${String(response.status)}`);
  const text = await response.text();
  return {
    eventLoopP99Ms: gaugeIn(text, 'nodejs_eventloop_lag_p99_seconds') * 1_000,
    unpublishedEvents: gaugeIn(text, 'events_unpublished'),
  };
}

/** A gauge in the text format of Prometheus, whatever its labels. */
export function gaugeIn(text: string, name: string): number {
  const value = new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(text)?.[1];
  return value === undefined ? Number.NaN : Number(value);
}
