/**
 * Links between documents: a relative link names a file or folder of the repository, and its anchor a heading there.
 * Links to other hosts are not followed.
 */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { anchorsIn, linksIn } from './markdown.ts';

/** One sentence for each link that leads nowhere. */
export function brokenLinks(documents: ReadonlyMap<string, string>, root: string): readonly string[] {
  const broken: string[] = [];
  for (const [from, markdown] of documents) {
    for (const { target, line } of linksIn(markdown)) {
      const fault = faultOf(target, from, documents, root);
      if (fault !== undefined) broken.push(`${from}:${line}: ${target} ${fault}`);
    }
  }
  return broken;
}

/** Documents that are reached by links from `start`, itself included. */
export function reachableFrom(start: string, documents: ReadonlyMap<string, string>): ReadonlySet<string> {
  const reached = new Set([start]);
  for (const from of reached) {
    for (const { target } of linksIn(documents.get(from) ?? '')) {
      const path = isRelative(target) ? pathOf(target, from) : undefined;
      if (path !== undefined && documents.has(path)) reached.add(path);
    }
  }
  return reached;
}

function faultOf(
  target: string,
  from: string,
  documents: ReadonlyMap<string, string>,
  root: string,
): string | undefined {
  if (!isRelative(target)) return undefined;
  if (target.startsWith('/')) return 'begins at the root of a server; write a relative path';
  const path = pathOf(target, from);
  if (path.startsWith('..')) return 'leads out of the repository';
  if (!existsSync(join(root, path))) return 'names no file';
  const anchor = target.split('#')[1];
  const document = documents.get(path);
  if (anchor === undefined || document === undefined || anchorsIn(document).has(decodeURIComponent(anchor))) {
    return undefined;
  }
  return `names no heading of ${path}`;
}

function isRelative(target: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(target) && !target.startsWith('//');
}

/** From the root of the repository. */
function pathOf(target: string, from: string): string {
  const file = decodeURIComponent(target.split('#')[0]!);
  return file === '' ? from : posix.normalize(posix.join(posix.dirname(from), file)).replace(/\/$/, '');
}
