/** Any bytes as an archive: what unpacks is packed to the very same bytes again, or a ReleaseError. */
import { deepStrictEqual } from 'node:assert/strict';
import { canonicalTar, type TarEntry, unpackTar } from './canonical-tar.ts';
import { ReleaseError } from './error.ts';
import { formatTarHeader } from './tar-header.ts';

const limits = { maxEntries: 1_000, maxBytes: 2 ** 20 };
const content = Buffer.alloc(512);
content.write('{"version":"2.5.0"}');

export const fuzz = {
  name: 'canonical-tar',
  seeds: [
    Buffer.concat([
      formatTarHeader({ path: 'bin/agent.mjs', executable: true, size: 0 }),
      formatTarHeader({ path: 'release.json', executable: false, size: 19 }),
      content,
      Buffer.alloc(1024),
    ]),
    Buffer.concat([formatTarHeader({ path: `${'f'.repeat(155)}/n`, executable: false, size: 0 }), Buffer.alloc(1024)]),
    Buffer.alloc(1024),
  ],
  async run(input: Uint8Array): Promise<void> {
    const entries: TarEntry[] = [];
    const open = async (path: string, executable: boolean, size: number) => {
      const chunks: Uint8Array[] = [];
      entries.push({ path, executable, size, read: () => each(chunks) });
      return { write: async (chunk: Uint8Array) => void chunks.push(chunk), close: async () => {} };
    };
    await unpackTar(each([input]), { open }, limits);
    const packed: Uint8Array[] = [];
    for await (const chunk of canonicalTar(entries)) packed.push(chunk);
    deepStrictEqual(Buffer.concat(packed), Buffer.from(input));
  },
  allowed: (error: unknown): boolean => error instanceof ReleaseError,
};

async function* each(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  yield* chunks;
}
