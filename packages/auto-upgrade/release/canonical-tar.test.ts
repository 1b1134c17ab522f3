import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalTar, type TarEntry, unpackTar } from './canonical-tar.ts';
import { ReleaseError } from './error.ts';

const limits = { maxEntries: 100, maxBytes: 2 ** 20 };

function entry(path: string, content = '', executable = false): TarEntry {
  const bytes = Buffer.from(content);
  return { path, executable, size: bytes.length, read: () => chunked(bytes, 700) };
}

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function archive(...entries: TarEntry[]): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of canonicalTar(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** What was unpacked, as lines; files that were opened and not closed are not among them. */
async function unpacked(bytes: Uint8Array, size = 1000, within = limits): Promise<string[]> {
  const lines: string[] = [];
  await unpackTar(
    chunked(bytes, size),
    {
      open: async (path, executable, length) => {
        const chunks: Uint8Array[] = [];
        return {
          write: async (chunk) => void chunks.push(Buffer.from(chunk)),
          close: async () => {
            assert.equal(Buffer.concat(chunks).length, length);
            lines.push(`${path} ${executable} ${Buffer.concat(chunks)}`);
          },
        };
      },
    },
    within,
  );
  return lines;
}

function isRefusal(error: unknown): boolean {
  return error instanceof ReleaseError && error.code === 'malformed-archive';
}

const sample = [entry('release.json', '{}'), entry('bin/agent.mjs', 'a'.repeat(1500), true), entry('empty')];

test('files come back in the order of their names, whatever order and chunks they came in', async () => {
  const expected = [`bin/agent.mjs true ${'a'.repeat(1500)}`, 'empty false ', 'release.json false {}'];
  for (const size of [1, 511, 512, 10_000]) {
    assert.deepEqual(await unpacked(await archive(...sample), size), expected);
  }
  assert.deepEqual(await archive(...sample), await archive(...[...sample].reverse()));
  assert.deepEqual(await unpacked(await archive()), []);
});

test("the system's tar reads our archives", async () => {
  const deep = `${'folder/'.repeat(20)}file`;
  const run = spawnSync('tar', ['--list', '--verbose', '--numeric-owner', '--utc', '--file', '-'], {
    input: await archive(...sample, entry(deep, 'deep')),
    encoding: 'utf8',
  });
  assert.equal(run.stderr, '');
  assert.match(
    run.stdout,
    /^-rwxr-xr-x 0\/0 +1500 1970-01-01 00:00 bin\/agent\.mjs\n-rw-r--r-- 0\/0 +0 1970-01-01 00:00 empty\n/,
  );
  assert.ok(run.stdout.includes(` ${deep}\n`));
});

test('a name of up to 100 bytes below a folder of up to 155 fits, and comes back', async () => {
  for (const path of [
    'n'.repeat(100),
    `${'f'.repeat(155)}/${'n'.repeat(100)}`,
    `a/${'f'.repeat(90)}/${'n'.repeat(100)}`,
  ]) {
    assert.deepEqual(await unpacked(await archive(entry(path))), [`${path} false `]);
  }
  for (const path of ['n'.repeat(101), `${'f'.repeat(156)}/n`, `f/${'n'.repeat(101)}`, `${'f/'.repeat(127)}nnn`]) {
    await assert.rejects(archive(entry(path)), isRefusal);
  }
});

for (const path of [
  '',
  '/etc/passwd',
  '../x',
  'a/../b',
  './a',
  'a/.',
  'a//b',
  'a/',
  'a\\b',
  'a:b',
  'a\nb',
  'a\u0000b',
  'a\u007fb',
  'ä',
  'a\u0301',
  '__proto__',
  'a/__proto__/b',
  'CON',
  'lib/nul.txt',
  'Com1 .x',
  'LPT9',
  'conin$',
  'a.',
  'a ',
  'a./b',
  'PROGRA~1',
  'what?',
]) {
  test(`a file cannot be called ${JSON.stringify(path)}, neither when writing nor when reading`, async () => {
    await assert.rejects(archive(entry(path)), isRefusal);
    // The same header, with a right checksum, around a name that passed.
    const bytes = await archive(entry('placeholder'));
    bytes.fill(0, 0, 100);
    bytes.write(path, 0, 'utf8');
    await assert.rejects(unpacked(withChecksum(bytes, 0)), isRefusal);
  });
}

for (const paths of [
  ['a', 'a'],
  ['A', 'a'],
  ['a', 'a/b'],
  ['A', 'a/b'],
  ['A/x', 'a/y'],
  ['d/e/x', 'd/E'],
]) {
  test(`${paths.join(' and ')} do not go together`, async () => {
    const parts = await Promise.all(paths.map(async (path) => (await archive(entry(path))).subarray(0, 512)));
    await assert.rejects(archive(...paths.map((path) => entry(path))), isRefusal);
    for (const order of [parts, [...parts].reverse()]) {
      await assert.rejects(unpacked(Buffer.concat([...order, Buffer.alloc(1024)])), isRefusal);
    }
  });
}

test('names that are out of order are refused', async () => {
  const [a, b] = [await archive(entry('a')), await archive(entry('b'))];
  await assert.rejects(unpacked(Buffer.concat([b.subarray(0, 512), a])), isRefusal);
});

for (const [what, offset, text] of [
  ['another mode', 100, '0000777'],
  ['a setuid bit', 100, '0004755'],
  ['an owner', 108, '0000001'],
  ['a group', 116, '0000001'],
  ['a size in base 256', 124, '\u0080\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0002'],
  ['a size with a space', 124, ' 0000000002'],
  ['a time', 136, '00000000001'],
  ['the type of a hard link', 156, '1'],
  ['the type of a symbolic link', 156, '2'],
  ['the type of a device', 156, '3'],
  ['the type of a folder', 156, '5'],
  ['the old type of a file', 156, '\u0000'],
  ['a GNU long name', 156, 'L'],
  ['a pax header', 156, 'x'],
  ['a global pax header', 156, 'g'],
  ['a sparse file', 156, 'S'],
  ['the target of a link', 157, 'x'],
  ['the magic of GNU', 257, 'ustar  \u0000'],
  ['no magic', 257, '\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000'],
  ["an owner's name", 265, 'root'],
  ['a device number', 335, '1'],
  ['a prefix without need', 345, 'a'],
  ['bytes after its fields', 511, 'x'],
  ['bytes after the end of its name', 50, 'x'],
] as const) {
  test(`a header with ${what} is refused, though its checksum is right`, async () => {
    const bytes = await archive(entry('release.json', '{}'));
    bytes.write(text, offset, 'latin1');
    await assert.rejects(unpacked(withChecksum(bytes, 0)), isRefusal);
  });
}

test('an archive that is changed in any byte outside of contents, cut or continued is refused', async () => {
  const bytes = await archive(entry('a', 'content'), entry('b', 'x'));
  const contents = new Set([...Array.from({ length: 7 }, (_, at) => 512 + at), 1536]);
  for (let at = 0; at < bytes.length; at++) {
    if (contents.has(at)) continue;
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    await assert.rejects(unpacked(changed), isRefusal, `byte ${at}`);
  }
  for (const length of [0, 1, 511, 512, 515, 1023, 1024, 2048, bytes.length - 512, bytes.length - 1]) {
    await assert.rejects(
      unpackTar(chunked(bytes.subarray(0, length), 100), discard, limits),
      isRefusal,
      `cut at ${length}`,
    );
  }
  for (const more of [Buffer.from([0]), Buffer.alloc(512), bytes]) {
    await assert.rejects(unpacked(Buffer.concat([bytes, more])), isRefusal);
  }
});

const discard = { open: async () => ({ write: async () => {}, close: async () => {} }) };

test('limits are kept before a file is opened', async () => {
  const bytes = await archive(...sample);
  await assert.rejects(unpacked(bytes, 1000, { ...limits, maxEntries: 2 }), isRefusal);
  assert.equal((await unpacked(bytes, 1000, { maxEntries: 3, maxBytes: bytes.length })).length, 3);
  await assert.rejects(unpacked(bytes, 1000, { ...limits, maxBytes: bytes.length - 1 }), isRefusal);
  const huge = await archive(entry('huge'));
  huge.write('77777777777', 124);
  const sink = { open: () => assert.fail('the file was opened') };
  await assert.rejects(unpackTar(chunked(withChecksum(huge, 0), 512), sink, limits), isRefusal);
});

test('a file that is not as long as it should be makes no archive', async () => {
  for (const size of [0, 6, 8]) await assert.rejects(archive({ ...entry('a', 'content'), size }), isRefusal);
  for (const size of [-1, 0.5, 8 ** 11]) await assert.rejects(archive({ ...entry('a'), size }), isRefusal);
});

test('a refused archive closes the file it was in, and lets its source go', async () => {
  let isClosed = false;
  let isLetGo = false;
  const bytes = await archive(entry('a', 'content'));
  async function* watched(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* chunked(bytes, 512);
    } finally {
      isLetGo = true;
    }
  }
  const failure = new Error('disk full');
  const write = () => Promise.reject(failure);
  const close = async () => {
    isClosed = true;
  };
  await assert.rejects(unpackTar(watched(), { open: async () => ({ write, close }) }, limits), failure);
  assert.deepEqual([isClosed, isLetGo], [true, true]);
});

test('an archive of a hundred megabytes passes in chunks, in little memory', async () => {
  const [chunk, count] = [Buffer.alloc(2 ** 20, 7), 100];
  const large: TarEntry = {
    ...{ path: 'large', executable: false, size: chunk.length * count },
    async *read() {
      for (let sent = 0; sent < count; sent++) yield chunk;
    },
  };
  const before = process.memoryUsage().arrayBuffers;
  let mostBytes = 0;
  let written = 0;
  const write = async (part: Uint8Array) => {
    written += part.length;
    mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers - before);
  };
  const sink = { open: async () => ({ write, close: async () => {} }) };
  await unpackTar(canonicalTar([large]), sink, { maxEntries: 1, maxBytes: 2 ** 30 });
  assert.equal(written, large.size);
  assert.ok(mostBytes < 16 * 2 ** 20);
});

test('any set of safe names and contents comes back', async () => {
  const names = fc
    .stringMatching(/^[a-z]{1,3}(\/[a-z]{1,2}){0,2}$/)
    .filter((path) => !/^(?:con|prn|aux|nul)(?:\/|$)/.test(path)); // Devices of Windows.
  const files = fc.uniqueArray(fc.tuple(names, fc.string({ unit: 'binary-ascii' }), fc.boolean()), {
    selector: ([path]) => path,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(files, async (made) => {
      fc.pre(!made.some(([path]) => made.some(([other]) => other.startsWith(`${path}/`))));
      const expected = made.map(([path, content, executable]) => `${path} ${executable} ${content}`);
      const bytes = await archive(...made.map(([path, content, executable]) => entry(path, content, executable)));
      assert.deepEqual((await unpacked(bytes)).sort(), expected.sort());
    }),
  );
});

/** Sets the checksum of the header at `at` right, as an attacker would. */
function withChecksum(bytes: Buffer, at: number): Buffer {
  const header = bytes.subarray(at, at + 512);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148, 'latin1');
  return bytes;
}
