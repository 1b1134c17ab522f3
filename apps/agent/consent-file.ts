/**
 * The consent file as bytes: whose it is, who may write it, and the two parts of it that the Agent Updater reads itself,
 * which are whether a signed floor may act on this host although a person says Disabled, and what people may do here
 * from afar. What else is in it is for `consent.ts`. Imports nothing from npm.
 */
import { readFileSync, statSync } from 'node:fs';
import type { RemoteConsent } from '@springline/api/shapes/sync-question';

export class ConsentError extends Error {
  override readonly name = 'ConsentError';
  readonly code: 'consent-missing' | 'consent-malformed' | 'consent-writable' | 'not-consented';

  constructor(code: ConsentError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const sizeLimitBytes = 256 * 1024;

/** The text, of a file that nobody else may write. @throws {ConsentError} `consent-missing`, `consent-malformed`, `consent-writable` */
export function readConsentText(path: string): string {
  try {
    const { mode, size, uid } = statSync(path);
    const own = process.getuid?.();
    if (own !== undefined && uid !== own && uid !== 0) {
      throw new ConsentError('consent-writable', `${path} belongs to another user. Run: chown ${own} ${path}`);
    }
    if ((mode & 0o022) !== 0) {
      throw new ConsentError(
        'consent-writable',
        `${path} can be written by others than its owner. Run: chmod go-w ${path}`,
      );
    }
    if (size > sizeLimitBytes)
      throw new ConsentError('consent-malformed', `${path} is larger than ${sizeLimitBytes} bytes`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof ConsentError) throw cause;
    throw new ConsentError(
      'consent-missing',
      `${path} cannot be read, so this agent may do nothing. Write it; see the guide on consent.`,
      {
        cause,
      },
    );
  }
}

/**
 * Whether the file says `upgrades:` and below it `  floors: true`, in just these lines. Without a YAML reader no other
 * spelling can be understood; `consent.ts` refuses a file in which the two readings differ.
 */
export function consentsToFloors(text: string): boolean {
  return /^upgrades:[ \t]*\r?\n(?:[ \t]*#[^\n]*\n)* {2}floors: true[ \t]*(?:#[^\n]*)?\r?$/m.test(text);
}

/**
 * What the file allows people to do here through the control plane: the lines `remote:` and below it `  read: true`,
 * `  decide: true`, in just this spelling. Whatever is not there, or there twice, is not allowed.
 */
export function consentsRemotely(text: string): RemoteConsent {
  const lines = text.split(/\r?\n/).filter((line) => !/^[ \t]*(?:#.*)?$/.test(line));
  const starts = lines.flatMap((line, at) => (/^remote:[ \t]*(?:#.*)?$/.test(line) ? [at] : []));
  const [start] = starts;
  if (start === undefined || starts.length > 1) return { read: false, decide: false };
  const end = lines.findIndex((line, at) => at > start && !line.startsWith(' '));
  const below = lines.slice(start + 1, end < 0 ? undefined : end);
  const says = (key: keyof RemoteConsent): boolean => {
    const about = below.filter((line) => line.trimStart().startsWith(`${key}:`));
    return about.length === 1 && new RegExp(`^ {2}${key}: true[ \\t]*(?:#.*)?$`).test(about[0]!);
  };
  return { read: says('read'), decide: says('decide') };
}
