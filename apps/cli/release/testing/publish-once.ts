/** A release manager in a process of its own: `HOME BUNDLES RUNTIME CACHE init|publish`. */
import type { KeyError } from '../error.ts';
import { initKeys } from '../init.ts';
import { publishRelease } from '../publish.ts';

const [home, bundles, file, cache, work] = process.argv.slice(2) as [string, string, string, string, string];
if (work === 'init') {
  process.stdout.write(await initKeys(home, 'development').catch(({ code }: KeyError) => code));
} else {
  const runtime = { file, cache, version: '24.21.0', platform: 'linux-x64' } as const;
  const [release] = await publishRelease(home, { bundles, runtime, level: 3, components: ['connect-sync'] });
  process.stdout.write(String(release?.releaseNumber));
}
