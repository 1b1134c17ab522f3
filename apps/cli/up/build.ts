/**
 * Builds what `springline up` runs: the agent's bundles and the portal. Each result is kept under the hash of what it
 * was made from (`node_modules/.cache/springline/`), so that a second start builds nothing.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { portalSources } from '@springline/portal/build';
import { build, type Plugin } from 'esbuild';

const repository = join(import.meta.dirname, '..', '..', '..');
const outputLimitBytes = 16 * 1024 * 1024;
const cache = join(repository, 'node_modules', '.cache', 'springline');

/** Bundles of the agent, one file each: name -> entry file. */
const entries = {
  'agent-updater': 'apps/agent/updater/main.ts',
  upgrader: 'apps/agent/upgrader/main.ts',
  'connect-sync': 'apps/agent/components/connect-sync/main.ts',
} as const;
export const bundleNames = Object.keys(entries);

/** The folder with `<name>.mjs` for every bundle; built when its sources changed. */
export function agentBundles(): Promise<string> {
  const sources = ['packages', 'apps/agent', 'package-lock.json'].map((path) => join(repository, path));
  return cached('agent', sources, async (folder) => {
    await build({
      entryPoints: Object.entries(entries).map(([out, entry]) => ({ out, in: join(repository, entry) })),
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      minify: true,
      // Stack traces keep the names of functions; a small price for a readable report.
      keepNames: true,
      // Libraries in CommonJS ask for node: modules with require.
      banner: {
        js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
      },
      plugins: [inlineTexts],
      logLevel: 'silent',
    });
  });
}

/** The folder with the built portal. */
export function portalFolder(): Promise<string> {
  return cached('portal', portalSources(), buildPortalApart);
}

/**
 * In a process of its own: the bundler's native code sets the signals of its process back to what they do by default, and
 * Ctrl-C would end `up` without stopping what it started.
 */
async function buildPortalApart(folder: string): Promise<void> {
  const script = `import { buildPortal } from '@springline/portal/build'; await buildPortal(${JSON.stringify(folder)});`;
  const words = ['--input-type=module', '--eval', script];
  const options = { cwd: import.meta.dirname, maxBuffer: outputLimitBytes };
  await promisify(execFile)(process.execPath, words, options).catch((cause: Error & { stderr?: string }) => {
    throw new Error(`the portal cannot be built: ${cause.stderr?.trim() ?? cause.message}`, { cause });
  });
}

/** Puts the text of a file in the place of `readFileSync(new URL('./x', import.meta.url), 'utf8')`. */
const inlineTexts: Plugin = {
  name: 'inline-texts',
  setup({ onLoad }) {
    onLoad({ filter: /out-of-box\/load\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll(
        /readFileSync\(new URL\('(\.\/[^']+)', import\.meta\.url\), 'utf8'\)/g,
        (_, name: string) => JSON.stringify(readFileSync(join(path, '..', name), 'utf8')),
      ),
    }));
  },
};

/** Builds into a folder named by the hash of the sources; older results of the same kind are removed. */
async function cached(
  kind: string,
  sources: readonly string[],
  work: (folder: string) => Promise<void>,
): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources) hashTree(hash, source);
  const name = `${kind}-${hash.digest('hex').slice(0, 24)}`;
  const folder = join(cache, name);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const temporary = join(cache, `.${name}.${process.pid}`);
  rmSync(temporary, { recursive: true, force: true });
  try {
    await work(temporary);
    // Another start may have been faster; its result is the same.
    if (!existsSync(folder)) renameSync(temporary, folder);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const older = readdirSync(cache).filter((other) => other.startsWith(`${kind}-`) && other !== name);
  const byAge = older.map((other) => ({ other, at: statSync(join(cache, other)).mtimeMs })).sort((a, b) => b.at - a.at);
  for (const { other } of byAge.slice(2)) rmSync(join(cache, other), { recursive: true, force: true });
  return folder;
}

function hashTree(hash: ReturnType<typeof createHash>, path: string): void {
  if (!statSync(path).isDirectory()) {
    hash.update(`\0${basename(path)}\0`).update(readFileSync(path));
    return;
  }
  for (const name of readdirSync(path).sort()) {
    if (name === 'node_modules' || name.endsWith('.test.ts') || name.endsWith('.md')) continue;
    hashTree(hash, join(path, name));
  }
}
