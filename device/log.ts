/** Logs for operators: a constant lower-case sentence, data in fields with units. No custody facts, no secrets. */
import { type DestinationStream, destination, pino, stdSerializers } from 'pino';

export type LogFields = Readonly<Record<string, unknown>>;
export type Log = {
  debug(fields: LogFields, sentence: string): void;
  info(fields: LogFields, sentence: string): void;
  warn(fields: LogFields, sentence: string): void;
  error(fields: LogFields, sentence: string): void;
};

export type LogSettings = {
  readonly thing: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Null writes to stderr: stdout belongs to what a command prints. */
  readonly logFile: string | null;
};

export function createLog(settings: LogSettings, stream?: DestinationStream): Log {
  const to =
    stream ??
    destination(
      settings.logFile === null
        ? { dest: 2, sync: true }
        : { dest: settings.logFile, mkdir: true, sync: false },
    );
  return pino(
    {
      level: settings.logLevel,
      base: { thing: settings.thing },
      // Under any name but `err` pino would write an error as `{}`.
      serializers: { error: stdSerializers.err },
      redact: ['key', 'keyPem', 'password', 'token'],
    },
    to,
  );
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
