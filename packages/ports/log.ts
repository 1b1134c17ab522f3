/**
 * The log port: named events with fields. Never an attribute value, a password, a cookie or a token; anchors and
 * counts are fine. Lines are JSON, one event each.
 */
import type { Clock } from './clock.ts';
import { systemClock } from './clock.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** Writes one JSON line per event through `write`; events below `level` are dropped. */
export function jsonLog(write: (line: string) => void, level: LogLevel = 'info', clock: Clock = systemClock): Log {
  const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];
  const floor = order.indexOf(level);
  const at =
    (name: LogLevel) =>
    (event: string, fields: LogFields = {}): void => {
      if (order.indexOf(name) < floor) return;
      write(`${JSON.stringify({ time: new Date(clock.now()).toISOString(), level: name, event, ...fields })}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
