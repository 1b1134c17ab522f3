/**
 * `node tools/docs/generate.ts [--check]`: writes the pages of `docs/` that are made from code, or says which of them are
 * out of date. Exit code 0 done or current, 1 out of date, 2 misused.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@springline/ports/files';
import { apiPage } from './api-page.ts';
import { autoUpgradePage } from './auto-upgrade-page.ts';
import { cliPage } from './cli-page.ts';
import { deprecatedPage } from './deprecated-page.ts';
import { repository } from './documents.ts';
import { errorsPage } from './errors-page.ts';
import { functionsPage } from './functions-page.ts';
import { versionHistoryPage } from './version-history-page.ts';

const banner = '<!-- Made from code by tools/docs/generate.ts: change that, not this. -->\n\n';

const pages: Readonly<Record<string, () => string>> = {
  'docs/deprecated-versions.md': deprecatedPage,
  'docs/reference/api.md': apiPage,
  'docs/reference/auto-upgrade.md': autoUpgradePage,
  'docs/reference/cli.md': cliPage,
  'docs/reference/errors.md': errorsPage,
  'docs/reference/expression-functions.md': functionsPage,
  'docs/version-history.md': versionHistoryPage,
};

/** Paths of pages that are not what the code would make now. */
export function outdatedPages(): readonly string[] {
  return Object.entries(pages)
    .filter(([path, make]) => textOf(path) !== banner + make())
    .map(([path]) => path);
}

function textOf(path: string): string | undefined {
  const file = join(repository, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function main(words: readonly string[]): number {
  if (words.length > 1 || (words[0] !== undefined && words[0] !== '--check')) {
    process.stderr.write('usage: node tools/docs/generate.ts [--check]\n');
    return 2;
  }
  const outdated = outdatedPages();
  if (words[0] === '--check') {
    for (const path of outdated) process.stdout.write(`${path} is out of date. Run: npx node tools/docs/generate.ts\n`);
    return outdated.length === 0 ? 0 : 1;
  }
  for (const path of outdated) {
    writeFileAtomic(join(repository, path), banner + pages[path]!(), 0o644);
    process.stdout.write(`wrote ${path}\n`);
  }
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
