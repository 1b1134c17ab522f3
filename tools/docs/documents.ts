/** Every Markdown document of the repository, read once. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const repository = join(import.meta.dirname, '..', '..');

const skipped: ReadonlySet<string> = new Set(['node_modules', '.git', '.cache', '.springline']);

/** Path from the root of the repository, with `/` -> text. */
export function readDocuments(root = repository): ReadonlyMap<string, string> {
  const paths = globSync('**/*.md', { cwd: root, exclude: (path) => skipped.has(path.split('/').at(-1)!) });
  return new Map(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
