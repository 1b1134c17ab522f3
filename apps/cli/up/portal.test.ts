import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireService } from '@springline/tools/services/catalogue';
import { chromium } from 'playwright-core';
import { RunningUp, temporaryHome } from '../testing/running-up.ts';

const sample = join(import.meta.dirname, '..', '..', '..', 'examples', 'contoso.ldif');

test('the link that up prints signs in once, Home shows what runs, and a change shows by itself', async (t) => {
  const service = await requireService(t, 'chromium');
  if (service === undefined) return;
  const home = temporaryHome(t);
  const ldif = `${home}.ldif`;
  copyFileSync(sample, ldif);
  const up = await RunningUp.start(t, home, ['--ldif', ldif]);
  const link = /http:\/\/localhost:\d+\/sign-in#[\w-]{22}/.exec(up.output)?.[0];
  assert.ok(link !== undefined, up.output);

  const browser = await chromium.launch({ executablePath: service.executablePath, args: [...service.args] });
  t.after(() => browser.close());
  const page = await browser.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  await page.goto(link);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const directory = await page.getByRole('region', { name: 'Cloud directory' }).innerText();
  assert.match(directory.replaceAll(/\s+/g, ' '), /250.*29.*12/);
  assert.equal(await page.getByRole('grid', { name: 'Agents' }).getByRole('rowheader').count(), 1);

  const { lastCycle } = (await up.status()).sync!;
  writeFileSync(ldif, readFileSync(ldif, 'utf8').replaceAll(/^title: .*$/gm, 'title: Everybody'));
  await up.until(async () => {
    const { sync } = await up.status();
    return sync !== undefined && sync.lastCycle!.number > lastCycle!.number && !sync.cycleInProgress ? true : undefined;
  }, 'a further cycle');
  await page
    .getByRole('region', { name: 'At a glance' })
    .getByText(/updated/)
    .first()
    .waitFor({ timeout: 20_000 });

  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Runtime.evaluate', {
    expression: readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
  });
  const { result } = await cdp.send('Runtime.evaluate', {
    expression: 'axe.run().then(({ violations }) => violations.map(({ id }) => id).join())',
    awaitPromise: true,
    returnByValue: true,
  });
  assert.equal(result.value, '');
  assert.deepEqual(faults, []);

  const second = await browser.newPage();
  await second.goto(link);
  await second.context().clearCookies();
  await second.getByRole('button', { name: 'Sign in' }).click();
  await second.getByText('This link does not work any more.').waitFor();
});
