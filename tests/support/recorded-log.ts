import { currentContext } from '../../src/shared/observability/context';
import { type Logger } from '../../src/shared/observability/logger';

/** A log entry of a service, including the fields of its context. */
export type RecordedLine = Record<string, unknown> & {
  level: keyof Logger;
  service: string;
  message: string;
  timestamp: string;
};

/** A logger that adds its entries to `lines`, which several loggers may share. */
export function recordingLogger(service: string, lines: RecordedLine[]): Logger {
  const at =
    (level: keyof Logger) =>
    (message: string, fields: object = {}): void => {
      const written = { timestamp: new Date().toISOString(), ...currentContext()?.fields, ...fields };
      lines.push({ ...written, level, service, message });
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** The lines about an order at a level, by time. */
export function linesOf(lines: readonly RecordedLine[], orderId: string, level: keyof Logger = 'info') {
  return lines
    .filter((line) => line['order_id'] === orderId && line.level === level && line.message !== 'request')
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));
}
