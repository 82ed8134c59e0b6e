/** Logs are for operators: JSON lines on standard output or in a file. No custody fact lives only here. */
import { destination, type Logger, pino } from 'pino';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';

/** `file` is made with its folder if need be. */
export function openLog(level: LogLevel, file?: string): Logger {
  const settings = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return file === undefined
    ? pino(settings)
    : pino(settings, destination({ dest: file, mkdir: true, sync: false }));
}
