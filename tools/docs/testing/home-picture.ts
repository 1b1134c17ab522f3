/**
 * Takes the picture of the portal that the README shows: a real `springline up` with the sample directory, signed in.
 * Run: `npx node tools/docs/testing/home-picture.ts`.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunningUp } from '@springline/cli/testing/running-up';
import { chromium } from 'playwright-core';
import { chromium as chromiumService } from '../../services/catalogue.ts';

const images = join(import.meta.dirname, '..', '..', '..', 'docs', 'images');
const service = await chromiumService();
if (service.kind === 'unavailable') throw new Error(service.reason);
const folder = mkdtempSync(join(tmpdir(), 'springline-picture-'));
const cleanups: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })];
try {
  const context = { after: (work: () => unknown) => cleanups.unshift(work) };
  // A copy, so that the picture shows no folder of whoever took it.
  const ldif = join(folder, 'contoso.ldif');
  copyFileSync(join(images, '..', '..', 'examples', 'contoso.ldif'), ldif);
  const up = await RunningUp.start(context, join(folder, 'home'), ['--ldif', ldif]);
  const browser = await chromium.launch({
    executablePath: service.service.executablePath,
    args: [...service.service.args],
  });
  cleanups.unshift(() => browser.close());
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce' });
  await page.goto(/http:\/\/localhost:\d+\/sign-in#[\w-]{22}/.exec(up.output)?.[0] ?? '');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  mkdirSync(images, { recursive: true });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(images, `home-${colorScheme}.png`) });
  }
} finally {
  for (const cleanup of cleanups) await cleanup();
}
