import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { chromium as playwright } from 'playwright-core';
import { requireService } from './catalogue.ts';

test('Chromium renders a page in a user-data folder of its own', async (t) => {
  const browser = await requireService(t, 'chromium');
  if (browser === undefined) return;
  const folder = browser.userDataFolder();
  const { executablePath, args } = browser;
  const context = await playwright.launchPersistentContext(folder, { executablePath, args: [...args] });
  try {
    const page = await context.newPage();
    await page.setContent('<main><h1>Users</h1></main>');
    assert.equal(await page.getByRole('heading').textContent(), 'Users');
    assert.notDeepEqual(readdirSync(folder), []);
  } finally {
    await context.close();
  }
});
