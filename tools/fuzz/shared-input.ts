/** The input under trial in memory that two threads share: a count of inputs so far, a length, the bytes. */
import { inputLimitBytes } from './mutate.ts';

const headerBytes = 8;

/** Memory for one input. */
export function allocateSharedInput(): SharedArrayBuffer {
  return new SharedArrayBuffer(headerBytes + inputLimitBytes);
}

/** Both ends. A reader gets whole inputs only while the writer is busy with one, which is when it looks. */
export function openSharedInput(memory: SharedArrayBuffer) {
  const header = new Int32Array(memory, 0, 2);
  const bytes = new Uint8Array(memory, headerBytes);
  return {
    /** Seeds longer than the limit are kept up to the limit. */
    write(input: Uint8Array): void {
      const kept = input.subarray(0, bytes.length);
      bytes.set(kept);
      Atomics.store(header, 1, kept.length);
      Atomics.add(header, 0, 1);
    },
    count: (): number => Atomics.load(header, 0),
    read: (): Uint8Array => bytes.slice(0, Atomics.load(header, 1)),
  };
}
