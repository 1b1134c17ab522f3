/** Configuration of the process: from the command line to a `Config`, or a sentence that says what is wrong. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export interface Config {
  /** Absolute. */
  readonly home: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
  /** Folder of the built portal; absent serves the API alone. */
  readonly portal?: string;
  /** Origin under which people and agents reach this server; default `http://localhost:PORT`. */
  readonly publicUrl?: string;
}

/** The command line is wrong. The message is one sentence. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'misused';
}

const options = {
  home: { type: 'string', default: '.springline' },
  port: { type: 'string', default: '8743' },
  host: { type: 'string', default: '127.0.0.1' },
  portal: { type: 'string' },
  'public-url': { type: 'string' },
} as const;

/** @throws {ConfigError} */
export function parseConfig(args: readonly string[]): Config {
  const values = parseOptions(args);
  return {
    home: resolve(nonEmpty('--home', values.home)),
    port: parsePort(values.port),
    host: nonEmpty('--host', values.host),
    ...(values.portal === undefined ? {} : { portal: resolve(nonEmpty('--portal', values.portal)) }),
    ...(values['public-url'] === undefined ? {} : { publicUrl: parsePublicUrl(values['public-url']) }),
  };
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (cause) {
    throw new ConfigError((cause as Error).message.split('\n', 1)[0], { cause });
  }
}

function nonEmpty(name: string, value: string): string {
  if (value.trim() === '' || value.includes('\0')) throw new ConfigError(`${name} needs a value`);
  return value;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new ConfigError(`--port is a number from 0 to 65535, not ${JSON.stringify(text.slice(0, 40))}`);
  }
  return port;
}

function parsePublicUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new ConfigError('--public-url is an origin such as https://sync.example.org');
  }
  if (url.username !== '' || url.pathname !== '/' || url.search !== '' || url.hash !== '') {
    throw new ConfigError(`--public-url is an origin without a path: ${url.origin}`);
  }
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol === 'http:' && !isLoopback) {
    throw new ConfigError('--public-url must be https, since sessions and enrolments travel over it');
  }
  return url.origin;
}
