/** Logs for operators: a constant lower-case sentence, data in fields with units. No custody facts, no secrets. */
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
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
        : { dest: openable(settings.logFile), sync: false },
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

/** Made with its folder if need be. Throws where that cannot be: the log itself would find out when nobody waits. */
function openable(file: string): string {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
  return file;
}

export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
