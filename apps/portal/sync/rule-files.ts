/** Files of custom rules that a person chose, for a preview with them. Read here, parsed by the host. */

export interface RuleFile {
  readonly name: string;
  readonly text: string;
}

/** The host takes no more. */
const fileLimit = 50;
const fileSizeBytes = 256 * 1024;
/** Of all together, since a question travels as one body. */
const sumBytes = 900 * 1024;

interface Chosen {
  readonly name: string;
  readonly size: number;
  text(): Promise<string>;
}

/** @throws {Error} with a sentence for people when they are too many or too large. */
export async function readRuleFiles(files: readonly Chosen[]): Promise<readonly RuleFile[]> {
  if (files.length > fileLimit) throw new Error(`${files.length} files are more than the ${fileLimit} of one preview.`);
  const tooLarge = files.find(({ size }) => size > fileSizeBytes);
  if (tooLarge !== undefined) throw new Error(`${tooLarge.name} is larger than 256 KiB.`);
  if (files.reduce((sum, { size }) => sum + size, 0) > sumBytes) {
    throw new Error('Together they are larger than 900 KiB.');
  }
  return Promise.all(files.map(async (file) => ({ name: file.name.slice(0, 256), text: await file.text() })));
}
