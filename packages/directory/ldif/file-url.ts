/**
 * Values by URL (RFC 2849 `:<`). The only scheme is `file:`, and the only files are those in or below the folder that the
 * caller allowed; links are resolved first, so none leads out of it. Read at once: such files are small and local.
 */
import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LdifPlace } from './ldif-error.ts';
import { LdifError } from './ldif-error.ts';
import type { RecordContext } from './record.ts';

/** The content of the file that `url` names. @throws {LdifError} `ldif-url-refused`, `ldif-url-unreadable`, `ldif-too-large` */
export function readUrlValue(url: string, place: LdifPlace, context: RecordContext): Uint8Array {
  if (context.filesBelow === undefined) {
    throw refused(place, 'Values from files are not allowed in this import. Put the value in base64 after `::`.');
  }
  try {
    const path = realpathSync(pathOf(url, place));
    const folder = realpathSync(context.filesBelow);
    if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
      throw refused(place, 'The file lies outside the folder that this import may read from. Move it there.');
    }
    const bytes = readRegularFile(path, place, context.urlBytesLeft);
    context.urlBytesLeft -= bytes.length;
    return bytes;
  } catch (error) {
    if (error instanceof LdifError) throw error;
    const why = 'The file of this value cannot be read. Check that it exists and may be read.';
    throw new LdifError('ldif-url-unreadable', place, why, { cause: error });
  }
}

function pathOf(url: string, place: LdifPlace): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    const why = 'A value by URL must name a local file, as in `file:///srv/photos/ann.jpg`.';
    throw new LdifError('ldif-url-refused', place, why, { cause });
  }
}

function readRegularFile(path: string, place: LdifPlace, limitBytes: number): Uint8Array {
  // Not blocking: opening a pipe that nobody writes to would otherwise wait for ever.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(file);
    if (!stat.isFile()) throw refused(place, 'A value by URL must name a regular file.');
    if (stat.size > limitBytes) {
      throw new LdifError(
        'ldif-too-large',
        place,
        `The file of this value is larger than the ${limitBytes} bytes left for its record.`,
      );
    }
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(file, bytes, length, bytes.length - length, null);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function refused(place: LdifPlace, sentence: string): LdifError {
  return new LdifError('ldif-url-refused', place, sentence);
}
