import { Writable } from 'node:stream';
import winston from 'winston';
import { currentContext } from './context';

/**
 * One JSON line per entry, on standard output; the ids of the current request or message are added to each. A `timestamp` (ISO 8601) among
 * the fields is the time of the line: for what is logged after the moment at which it happened.
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

/** The symbol under which winston's transports find the text of an entry. */
const MESSAGE = Symbol.for('message');

/**
 * The entry as one line of JSON. What it says itself, `timestamp` included, stands before what the current request or message adds: a
 * line about one order of a batch is never attributed to another. JSON.stringify takes a third of the time of winston's own format, which
 * takes over what JSON.stringify refuses.
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

/** The log of one service. */
export function createLogger(options: LoggerOptions): Logger {
  return winston.createLogger({
    level: options.level,
    silent: options.silent ?? false,
    defaultMeta: { service: options.service },
    format: jsonLine(),
    transports: [new winston.transports.Stream({ stream: standardOutput, eol: '\n' })],
  });
}

let waiting = '';

/** Writes out what has not been written yet; the process is about to end. */
export function flushLog(): void {
  if (waiting === '') return;
  const lines = waiting;
  waiting = '';
  process.stdout.write(lines);
}

/** Lines of one turn of the event loop go out together: a write to a file or a pipe holds up the whole process. */
function writeLine(line: string): void {
  if (waiting === '') setImmediate(flushLog);
  waiting += line;
}
