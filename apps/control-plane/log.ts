/** The log port over pino: one JSON line per event on standard error, warnings and errors only. */
import type { Log, LogFields, LogLevel } from '@springline/ports/log';
import { destination, pino, stdTimeFunctions } from 'pino';

export function pinoLog(level: LogLevel): Log {
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'event',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // Synchronous, so that the last words before an exit are not lost; at this level there are few.
    destination({ dest: 2, sync: true }),
  );
  const at =
    (name: LogLevel) =>
    (event: string, fields: LogFields = {}): void =>
      logger[name](fields, event);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
