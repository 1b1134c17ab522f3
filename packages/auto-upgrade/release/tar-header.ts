/**
 * One ustar header block in the only form that our archives use: a plain file of mode 0644 or 0755, owner and time 0.
 * POSIX.1-2017, pax, "ustar Interchange Format".
 */
import { ReleaseError } from './error.ts';

export const blockBytes = 512;

/** Eleven octal digits. */
const sizeLimitBytes = 8 ** 11 - 1;
const nameBytes = 100;
const prefixBytes = 155;

const at = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  mtime: 136,
  checksum: 148,
  type: 156,
  magic: 257,
  prefix: 345,
};
const deviceNumbers = [329, 337];

export interface TarHeader {
  readonly path: string;
  readonly executable: boolean;
  readonly size: number;
}

/** @throws {ReleaseError} `malformed-archive` when the path or the size does not fit. The path must be ASCII. */
export function formatTarHeader({ path, executable, size }: TarHeader): Uint8Array {
  if (!Number.isSafeInteger(size) || size < 0 || size > sizeLimitBytes) {
    throw new ReleaseError('malformed-archive', `${path} has a size of ${size}; 0 to ${sizeLimitBytes} bytes fit`);
  }
  const [prefix, name] = splitPath(path);
  const block = Buffer.alloc(blockBytes);
  const octal = (offset: number, digits: number, value: number): void => {
    block.write(value.toString(8).padStart(digits, '0'), offset, 'latin1');
  };
  block.write(name, at.name, 'latin1');
  octal(at.mode, 7, executable ? 0o755 : 0o644);
  for (const field of [at.uid, at.gid, ...deviceNumbers]) octal(field, 7, 0);
  octal(at.size, 11, size);
  octal(at.mtime, 11, 0);
  block.write('0', at.type, 'latin1');
  block.write('ustar\u000000', at.magic, 'latin1');
  block.write(prefix, at.prefix, 'latin1');
  // The sum is taken with its own field as spaces.
  block.write('        ', at.checksum, 'latin1');
  octal(at.checksum, 6, sumOf(block));
  block[at.checksum + 6] = 0;
  return block;
}

/**
 * Reads a header and refuses whatever `formatTarHeader` would not have written to the byte: links, folders, devices,
 * extensions, other modes, owners, times, magics, number forms and checksums.
 *
 * @throws {ReleaseError} `malformed-archive`
 */
export function parseTarHeader(block: Uint8Array): TarHeader {
  const prefix = text(block, at.prefix, prefixBytes);
  const name = text(block, at.name, nameBytes);
  const path = prefix === '' ? name : `${prefix}/${name}`;
  const size = text(block, at.size, 12);
  if (!/^[0-7]{11}$/.test(size)) {
    throw new ReleaseError('malformed-archive', `${JSON.stringify(path)} has no size of eleven octal digits`);
  }
  const header = {
    path,
    executable: text(block, at.mode, 8) === '0000755',
    size: Number.parseInt(size, 8),
  };
  if (Buffer.compare(formatTarHeader(header), block) !== 0) {
    throw new ReleaseError(
      'malformed-archive',
      `the header of ${JSON.stringify(path)} is not that of a plain file in canonical form`,
    );
  }
  return header;
}

/** `prefix` is empty when the path fits without, else as short as can be. */
function splitPath(path: string): readonly [prefix: string, name: string] {
  if (path.length <= nameBytes) return ['', path];
  const slash = path.indexOf('/', path.length - nameBytes - 1);
  if (slash <= 0 || slash > prefixBytes) {
    throw new ReleaseError(
      'malformed-archive',
      `the path ${JSON.stringify(path.slice(0, 60))}… has a name too long for ustar`,
    );
  }
  return [path.slice(0, slash), path.slice(slash + 1)];
}

/** Up to the first zero byte. Bytes beyond ASCII stay visible, and no safe path has them. */
function text(block: Uint8Array, offset: number, length: number): string {
  const field = Buffer.from(block.buffer, block.byteOffset + offset, length);
  const end = field.indexOf(0);
  return field.toString('latin1', 0, end < 0 ? length : end);
}

function sumOf(block: Uint8Array): number {
  let sum = 0;
  for (const byte of block) sum += byte;
  return sum;
}
