/**
 * Which names a released file may have, so that it means the same file on every platform and nothing outside its folder:
 * printable ASCII, no case twins, nothing that Windows takes for a device or trims.
 */
import { ReleaseError } from './error.ts';

/** What `name` and `prefix` of a ustar header hold together, with the slash between them. */
const pathLimitBytes = 256;

// ASCII only: other scripts have several spellings of one name and several ideas of upper case. `~` makes the short
// names of Windows, `:` its streams.
const segmentForm = /^[A-Za-z0-9 !#$%&'()+,.;=@[\]^_`{}-]+$/;
const windowsDevice = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$) *(?:\.|$)/i;
const scriptNames = new Set(['__proto__']);

/**
 * The paths of one archive, in the order of its entries. Holds each path and each folder once.
 *
 * @throws {ReleaseError} `malformed-archive`, from `add`
 */
export class ArchivePaths {
  /** By lower-case path: its spelling, with a slash at the end for folders. */
  readonly #spellings = new Map<string, string>();
  #last = '';

  /** Takes the next path. It must be safe, sort after the one before, and be no twin of another file or folder. */
  add(path: string): void {
    checkSafe(path);
    // Bytewise, because safe paths are ASCII.
    if (path <= this.#last) throw refusal(path, `is not in order after ${JSON.stringify(this.#last)}`);
    this.#last = path;
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      const folder = path.slice(0, slash);
      this.#spell(path, folder, `${folder}/`);
    }
    if (this.#spellings.has(path.toLowerCase())) throw refusal(path, 'is there twice where case does not count');
    this.#spellings.set(path.toLowerCase(), path);
  }

  #spell(path: string, folder: string, spelling: string): void {
    const known = this.#spellings.get(folder.toLowerCase()) ?? spelling;
    if (known !== spelling) throw refusal(path, `collides with ${JSON.stringify(known)}`);
    this.#spellings.set(folder.toLowerCase(), spelling);
  }
}

function checkSafe(path: string): void {
  if (path.length > pathLimitBytes) throw refusal(path.slice(0, 60), `is longer than ${pathLimitBytes} bytes`);
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.' || segment === '..') throw refusal(path, 'is not a plain relative path');
    if (!segmentForm.test(segment)) throw refusal(path, 'has a character that not every platform takes');
    if (/[. ]$/.test(segment)) throw refusal(path, 'ends a name with a point or a space');
    if (windowsDevice.test(segment)) throw refusal(path, 'has the name of a Windows device');
    if (scriptNames.has(segment)) throw refusal(path, `has the name ${segment}`);
  }
}

function refusal(path: string, reason: string): ReleaseError {
  return new ReleaseError('malformed-archive', `the path ${JSON.stringify(path)} ${reason}`);
}
