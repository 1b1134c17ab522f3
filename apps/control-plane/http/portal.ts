/** Reads the built portal, a folder of files with `index.html` at its top, into memory. */
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { type StaticFile, type StaticFiles, staticFile } from './static-files.ts';

const fileLimit = 2_000;
const sizeLimitBytes = 64 * 1024 * 1024;

const typeByExtension: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

export class PortalError extends Error {
  override readonly name = 'PortalError';
  readonly code = 'portal-unreadable';
}

/**
 * @throws {PortalError} when there is no `index.html`, or more than 2,000 files or 64 MiB.
 */
export async function loadPortal(folder: string): Promise<StaticFiles> {
  const fileByPath = new Map<string, StaticFile>();
  let sizeBytes = 0;
  for (const path of await filesIn(folder)) {
    const contentType = typeByExtension[extname(path)];
    // Source maps and the like are not for the public.
    if (contentType === undefined) continue;
    const bytes = await readFile(path);
    sizeBytes += bytes.length;
    if (fileByPath.size >= fileLimit || sizeBytes > sizeLimitBytes) {
      throw new PortalError(`${folder} holds more than a portal; give the folder that its build made`);
    }
    const name = `/${relative(folder, path).split(sep).join('/')}`;
    fileByPath.set(name, await staticFile(bytes, contentType, isHashedName(name)));
  }
  const index = fileByPath.get('/index.html');
  if (index === undefined) throw new PortalError(`${folder} has no index.html; build the portal first`);
  fileByPath.set('/', index);
  return { fileByPath, index };
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    // Plain files only: a symbolic link could lead out of the folder.
    return found.filter((file) => file.isFile()).map((file) => join(file.parentPath, file.name));
  } catch (cause) {
    throw new PortalError(`the portal's folder cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** As Vite names its assets: `/assets/index-BX2kd9_z.js`. */
function isHashedName(path: string): boolean {
  return /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/.test(path);
}
