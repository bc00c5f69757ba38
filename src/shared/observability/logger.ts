import { Writable } from 'node:stream';
import winston from 'winston';
import { currentContext } from './context';

/** One JSON line per entry, on standard output; the ids of the current request or message are added to each. */
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

const withContext = winston.format((entry) => Object.assign(entry, currentContext()?.fields));

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
    format: winston.format.combine(withContext(), winston.format.timestamp(), winston.format.json()),
    transports: [new winston.transports.Stream({ stream: standardOutput, eol: '\n' })],
  });
}

let isCorked = false;

/** Writes out what has not been written yet; the process is about to end. */
export function flushLog(): void {
  if (isCorked) process.stdout.uncork();
  isCorked = false;
}

/** Lines of one turn of the event loop go out together: a write to a file or a pipe holds up the whole process. */
function writeLine(line: string): void {
  if (!isCorked) {
    isCorked = true;
    process.stdout.cork();
    setImmediate(flushLog);
  }
  process.stdout.write(line);
}
