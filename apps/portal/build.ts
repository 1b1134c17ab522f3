/**
 * Builds the portal into a folder of static files. Needs no network. When to build and where to keep the result is the
 * caller's: `portalSources` says what the result depends on.
 *
 * The server of the folder answers `/` and `/sign-in` with `index.html` (never cached), `assets/` may be cached for ever
 * (its names carry a hash), the other files by their ETag.
 */
import { join } from 'node:path';
import { portalConfig } from './vite.config.ts';

/** Absolute paths of files and folders whose content decides the build: our source, the contract, the libraries. */
export function portalSources(): readonly string[] {
  const repository = join(import.meta.dirname, '..', '..');
  const packages = join(repository, 'packages');
  return [
    import.meta.dirname,
    join(packages, 'api'),
    // The rule by which agents judge themselves runs in the page too.
    join(packages, 'auto-upgrade', 'rollout'),
    join(packages, 'auto-upgrade', 'release'),
    join(repository, 'package-lock.json'),
  ];
}

/**
 * Writes the built portal to `outDir` (absolute), which is emptied first. Prints nothing.
 *
 * @throws what Vite throws when a source does not compile.
 */
export async function buildPortal(outDir: string): Promise<void> {
  const environment = process.env['NODE_ENV'];
  const { build } = await import('vite');
  try {
    await build({
      ...portalConfig,
      configFile: false,
      logLevel: 'silent',
      build: { ...portalConfig.build, outDir, emptyOutDir: true },
    });
  } finally {
    // Vite sets it for its own sake; the caller is a server with a life of its own.
    if (environment === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = environment;
  }
}
