/** Lines of a stream of bytes. Holds one line at most, and of one that is too long nothing. */

/** The bytes of a line without its end, or `too-long`. */
export type Line = Uint8Array | 'too-long';

const newline = 0x0a;
const carriageReturn = 0x0d;

/**
 * Lines in order, those of one piece of input together, so that whoever waits for an answer to what it sent gets it.
 * The last line needs no end.
 */
export async function* linesOf(input: AsyncIterable<Uint8Array>, limitBytes: number): AsyncIterable<readonly Line[]> {
  let begun: Uint8Array[] = [];
  let size = 0;
  const take = (part: Uint8Array): void => {
    size += part.length;
    if (size > limitBytes) begun = [];
    else if (part.length > 0) begun.push(part);
  };
  const end = (): Line => {
    const line = size > limitBytes ? 'too-long' : withoutReturn(begun.length === 1 ? begun[0]! : Buffer.concat(begun));
    begun = [];
    size = 0;
    return line;
  };
  for await (const piece of input) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = piece.indexOf(newline); at >= 0; at = piece.indexOf(newline, from)) {
      take(piece.subarray(from, at));
      lines.push(end());
      from = at + 1;
    }
    take(piece.subarray(from));
    yield lines;
  }
  if (size > 0) yield [end()];
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === carriageReturn ? line.subarray(0, -1) : line;
}
