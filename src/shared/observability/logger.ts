import { Writable } from 'node:stream';
import winston from 'winston';
import { currentContext } from './context';

/**
 * Writes one JSON line per entry to standard output, with the ids of the current request or message. A `timestamp` (ISO 8601) among the
 * fields replaces the time of the line, for an entry that is logged after the moment that it describes.
 */
export interface Logger {
  error(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  info(message: string, fields?: object): void;
  debug(message: string, fields?: object): void;
}

export interface LoggerOptions {
  service: string;
  level: 'error' | 'warn' | 'info' | 'debug';
  silent?: boolean;
}

let buffered = '';

/** The symbol under which winston's transports read the text of an entry. */
const MESSAGE = Symbol.for('message');

/**
 * Formats an entry as one line of JSON. The entry's own fields, including `timestamp`, take precedence over those of the current request
 * or message: a line about one order of a batch is never attributed to another order. JSON.stringify takes a third of the time of
 * winston's own format, which handles the entries that JSON.stringify refuses.
 */
const jsonLine = winston.format((entry) => {
  const fields = currentContext()?.fields ?? {};
  for (const name in fields) if (!(name in entry)) entry[name] = fields[name];
  entry['timestamp'] ??= new Date().toISOString();
  try {
    entry[MESSAGE] = JSON.stringify(entry);
    return entry;
  } catch {
    return winston.format.json().transform(entry, {});
  }
});

const standardOutput = new Writable({
  decodeStrings: false,
  write(line: string, _encoding, done) {
    writeLine(line);
    done();
  },
});

/** Creates the log of one service. */
export function createLogger(options: LoggerOptions): Logger {
  return winston.createLogger({
    level: options.level,
    silent: options.silent ?? false,
    defaultMeta: { service: options.service },
    format: jsonLine(),
    transports: [new winston.transports.Stream({ stream: standardOutput, eol: '\n' })],
  });
}

/** Writes the lines of one turn of the event loop together, because a write to a file or a pipe blocks the whole process. */
function writeLine(line: string): void {
  if (buffered === '') setImmediate(flushLog);
  buffered += line;
}

/** Writes all lines that are still buffered; call it before the process ends. */
export function flushLog(): void {
  if (buffered === '') return;
  const lines = buffered;
  buffered = '';
  process.stdout.write(lines);
}
