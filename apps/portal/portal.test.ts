/**
 * The built portal in a real browser under the real content security policy, before a stand-in of the control plane.
 * Every test also fails on an error in the browser's console and on a refusal by the policy.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { HomeView } from '@springline/api/shapes/person';
import { axeFindings, pageTest, type Scene, sidewaysPixels } from './testing/browser-page.ts';
import {
  agent,
  autoUpgrade,
  componentUpgrade,
  emptyHome,
  home,
  syncStatus,
  threeErrors,
  troubledHome,
  watcher,
} from './testing/home-fixtures.ts';

const token = 'Zm9vYmFyYmF6cXV4-_1234';

async function openHome({ page, server }: Scene, view: HomeView): Promise<void> {
  server.home = view;
  await page.goto(server.origin);
  await page.getByText('Live', { exact: true }).waitFor();
}

// Sign-in

pageTest('a sign-in link signs in when its button is pressed, and not before', {}, async ({ page, server }) => {
  server.session = undefined;
  server.linkToken = token;
  await page.goto(`${server.origin}/sign-in#${token}`);
  await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
  assert.deepEqual(server.requests, []);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
  assert.equal(server.requests[0], 'POST /platform/v1/session');
  assert.equal(server.linkToken, '');
});

pageTest('the token of a link is in neither address nor history once the page shows', {}, async ({ page, server }) => {
  server.session = undefined;
  await page.goto(`${server.origin}/sign-in#${token}`);
  await page.getByRole('button', { name: 'Sign in' }).waitFor();
  await page.waitForURL(`${server.origin}/sign-in`);
  const cdp = await page.context().newCDPSession(page);
  const { entries } = await cdp.send('Page.getNavigationHistory');
  assert.deepEqual(
    entries.filter((entry) => entry.url.includes(token)),
    [],
  );
});

pageTest('a used or old link says so and names the command that makes another', {}, async ({ page, server }) => {
  server.session = undefined;
  await page.goto(`${server.origin}/sign-in#${token}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This link does not work any more.').waitFor();
  await page.getByText('springline sign-in-link').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Sign in' }).count(), 0);
});

pageTest('a new link works in the tab in which an old one failed', {}, async ({ page, server }) => {
  server.session = undefined;
  await page.goto(`${server.origin}/sign-in#${'A'.repeat(22)}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('This link does not work any more.').waitFor();
  server.linkToken = token;
  await page.goto(`${server.origin}/sign-in#${token}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
});

pageTest('a link that was cut is refused without asking the server', {}, async ({ page, server }) => {
  server.session = undefined;
  await page.goto(`${server.origin}/sign-in#${token.slice(4)}`);
  await page.getByText('This link is not whole.').waitFor();
  assert.deepEqual(server.requests, []);
});

pageTest('who is not signed in learns how to get a link', {}, async ({ page, server }) => {
  server.session = undefined;
  await page.goto(server.origin);
  await page.waitForURL(`${server.origin}/sign-in`);
  await page.getByText('springline sign-in-link').waitFor();
});

pageTest('a session that ends under an open page leads to the sign-in', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  server.session = undefined;
  server.cutStreams();
  await page.getByText('Your session ended.').waitFor();
});

pageTest('signing out ends the session', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  await page.getByRole('button', { name: /^Account: Ada Administrator/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByText('You are signed out.').waitFor();
  assert.equal(server.session, undefined);
  await page.goto(server.origin);
  await page.waitForURL(`${server.origin}/sign-in`);
});

// Home

pageTest('Home answers at first sight: agents, sync, errors', {}, async (scene) => {
  await openHome(scene, home());
  const answers = scene.page.getByRole('region', { name: 'At a glance' });
  const words = (await answers.getByRole('article').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' '));
  assert.equal(words[0], 'Agents 2 of 2 online Every component runs');
  assert.match(
    words[1] ?? '',
    /^Sync Last sync 2 minutes ago Success 12 added 3 updated 1 deleted Next sync in 2[78] minutes · 0 pending exports$/,
  );
  assert.equal(words[2], 'Errors No errors All is well: no object failed');
  const directory = await scene.page.getByRole('region', { name: 'Cloud directory' }).innerText();
  assert.match(directory.replaceAll(/\s+/g, ' '), /Users 5,012 Groups 240 Contacts 12 Last change 2 minutes ago/);
});

pageTest('an instant shows as a distance and carries UTC', {}, async (scene) => {
  await openHome(scene, home({ agents: [watcher({ lastSeenAt: '2026-01-02T03:04:05.000Z' })] }));
  const row = scene.page.getByRole('row', { name: /DC-02/ });
  const time = row.getByRole('gridcell').last().locator('time');
  assert.equal(await time.getAttribute('datetime'), '2026-01-02T03:04:05.000Z');
  assert.equal(await time.getAttribute('title'), '2026-01-02 03:04:05 UTC');
  assert.match(await time.innerText(), /^\d+ days ago$/);
});

pageTest('distances follow the clock of the server and not that of the browser', {}, async (scene) => {
  const aheadMs = 3 * 3_600_000;
  const ahead = JSON.stringify(home()).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (at) =>
    new Date(Date.parse(at) + aheadMs).toISOString(),
  );
  await openHome(scene, JSON.parse(ahead));
  await scene.page.getByText('Last sync 2 minutes ago').waitFor();
});

pageTest('an agent that goes offline shows and is announced without a reload', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  server.push(home({ agents: [agent(), watcher({ state: 'offline' })] }));
  await page.getByText('1 of 2 online').waitFor();
  server.push(home());
  await page.getByText('2 of 2 online').waitFor();
  server.push(home({ agents: [agent(), watcher({ state: 'offline' })] }));
  await page.getByRole('row', { name: /DC-02/ }).getByText('offline').waitFor();
  await page.getByRole('status').getByText('DC-02.contoso.example is offline.').waitFor();
});

pageTest('while the stream is down the page says so and polls, and Refresh connects again', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  server.streaming = 'refused';
  server.cutStreams();
  await page.getByText('Reconnecting…').waitFor();
  server.home = home({ agents: [agent(), watcher({ state: 'offline' })] });
  await page.getByText('1 of 2 online').waitFor();
  server.streaming = 'served';
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByText('Live', { exact: true }).waitFor();
  assert.equal(server.streamCount, 1);
});

pageTest('a stream that broke comes back by itself', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  server.cutStreams();
  await page.getByText('Reconnecting…').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  assert.equal(server.streamCount, 1);
});

pageTest('an unknown answer keeps what was shown and says that it may be old', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  server.streaming = 'refused';
  server.home = JSON.parse('{"surprise":true}');
  server.cutStreams();
  await page.getByText('What you see may be old.').waitFor();
  await page.getByText('2 of 2 online').waitFor();
});

pageTest('a tenant on its first day is told what will come', {}, async (scene) => {
  await openHome(scene, emptyHome());
  const { page } = scene;
  await page.getByText('No agent yet').waitFor();
  await page.getByText('No agent is enrolled yet.').waitFor();
  await page.getByText('No sync yet').waitFor();
  await page.getByText('All is well. Objects that cannot be synchronised appear here').waitFor();
  assert.equal(await page.getByRole('grid').count(), 0);
});

pageTest('an upgrade shows step by step as it goes on, and says how it ended', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  const upgrades = page.getByRole('region', { name: 'Upgrades' });
  const words = async () => (await upgrades.innerText()).replaceAll(/\s+/g, ' ');
  assert.match(
    await words(),
    /^Upgrades SYNC-01\.contoso\.example Auto-upgrade Enabled Channel HUS Looked 1 minute ago, again in [34] minutes Connect Sync 1\.0\.0\.0 Up to date Success 0\.9\.10\.0 to 1\.0\.0\.0, 3 days ago, gap 128 ms$/,
  );
  const during = componentUpgrade({ step: 'preflight', offered: '1.0.1.0' });
  server.push(home({ agents: [agent({ autoUpgrade: autoUpgrade({ components: [during] }) })] }));
  await upgrades.getByText('Upgrading to 1.0.1.0: preflight').waitFor();
  const ended = { ...componentUpgrade().lastUpgrade!, from: '1.0.0.0', to: '1.0.1.0', endedAt: home().generatedAt };
  const after = componentUpgrade({ version: '1.0.1.0', lastUpgrade: ended });
  server.push(home({ agents: [agent({ autoUpgrade: autoUpgrade({ components: [after] }) })] }));
  await upgrades.getByText('1.0.0.0 to 1.0.1.0, just now').waitFor();
  await page.getByRole('status').getByText('Connect Sync on SYNC-01.contoso.example is on 1.0.1.0 now.').waitFor();
});

pageTest('a build that was rolled back is named with the reason, on Home and in the details', {}, async (scene) => {
  const { page } = scene;
  await openHome(scene, troubledHome());
  const upgrades = page.getByRole('region', { name: 'Upgrades' });
  for (const said of [
    '1.0.1.0 is blocked',
    'the first cycle did not end within 5 minutes',
    'UpgradeFailedRollbackSuccess-Probation',
    'Suspended',
    'UpgradeNotSupportedInvalidPersistedState: the configuration was edited by hand and does not parse.',
  ]) {
    await upgrades.getByText(said, { exact: true }).waitFor();
  }
  await page.getByRole('row', { name: /^SYNC-01/ }).click();
  await page.getByRole('dialog').getByText('1.0.1.0 is blocked').waitFor();
});

pageTest('sync in progress shows in place of the next start', {}, async (scene) => {
  await openHome(scene, home({ agents: [agent({ sync: syncStatus({ cycleInProgress: true, pendingExports: 7 }) })] }));
  await scene.page.getByRole('article').getByText('Sync in progress').first().waitFor();
  await scene.page.getByText('7 pending exports').first().waitFor();
});

pageTest('held deletes are announced by a bar that names both commands', {}, async (scene) => {
  await openHome(scene, troubledHome());
  const words = await scene.page.getByRole('note').innerText();
  assert.match(words, /642 deletes held back on contoso\.example \(SYNC-01/);
  assert.match(words, /springline sync deletes approve/);
  assert.match(words, /springline sync deletes reject/);
});

pageTest('errors filter as one types, and the export holds what the filter shows', {}, async (scene) => {
  const { page } = scene;
  await openHome(scene, home({ errorCount: 3, errors: threeErrors() }));
  const grid = page.getByRole('grid', { name: 'Errors' });
  await page.getByRole('searchbox', { name: 'Filter errors' }).fill('softmatch');
  await page.getByText('1 of 3 errors').waitFor();
  assert.equal(await grid.getByRole('rowheader').count(), 1);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export errors' }).click();
  const saved = await download;
  assert.match(saved.suggestedFilename(), /^springline-errors-\d{4}-\d\d-\d\d\.csv$/);
  const lines = (await readFile(await saved.path(), 'utf8')).split('\r\n');
  assert.equal(lines.length, 3);
  assert.match(lines[1] ?? '', /^"'=HYPERLINK\(""http:\/\/evil\.example""\)",0f9e8d7c-.*,InvalidSoftMatch,/);
  await page.getByRole('searchbox', { name: 'Filter errors' }).fill('nothing like it');
  await grid.getByText('No error matches “nothing like it”.').waitFor();
  assert.equal(await page.getByRole('button', { name: 'Export errors' }).isDisabled(), true);
});

pageTest('more errors than agents report are counted, and said to be more', {}, async (scene) => {
  await openHome(scene, home({ errorCount: 120, errors: threeErrors() }));
  await scene.page.getByText('The first 3 of 120 errors').waitFor();
});

pageTest('the agents sort by a press on a heading', {}, async (scene) => {
  const { page } = scene;
  await openHome(scene, troubledHome());
  const hosts = async () =>
    (await page.getByRole('grid', { name: 'Agents' }).getByRole('rowheader').allInnerTexts()).map(
      (text) => text.split(/[.\n]/)[0],
    );
  assert.deepEqual(await hosts(), ['DC-02', 'FS-01', 'SYNC-01', 'OLD-SYNC'], 'the worst first');
  const heading = page.getByRole('columnheader', { name: 'Version' });
  await heading.click();
  assert.equal(await heading.getAttribute('aria-sort'), 'ascending');
  assert.deepEqual(await hosts(), ['FS-01', 'DC-02', 'OLD-SYNC', 'SYNC-01']);
  await heading.click();
  assert.deepEqual(await hosts(), ['SYNC-01', 'DC-02', 'OLD-SYNC', 'FS-01']);
});

pageTest('a fleet of thousands shows its first hundred, the rest on request, and any by filter', {}, async (scene) => {
  const { page } = scene;
  const agents = Array.from({ length: 3_000 }, (_, place) =>
    watcher({
      id: `0192d4e0-7c1a-7000-8000-${String(place).padStart(12, '0')}`,
      hostName: `DC-${String(place).padStart(4, '0')}`,
    }),
  );
  await openHome(scene, home({ agents }));
  const rows = page.getByRole('grid', { name: 'Agents' }).getByRole('rowheader');
  assert.equal(await rows.count(), 100);
  await page.getByRole('button', { name: 'Show 100 more of 3,000' }).click();
  await page.getByText('DC-0199').waitFor();
  await page.getByRole('searchbox', { name: 'Filter agents' }).fill('dc-2718');
  await page.getByRole('row', { name: /DC-2718/ }).waitFor();
  assert.equal(await rows.count(), 1);
});

// Details of an agent

pageTest('a row opens the details of its agent, which stay live, and Back closes them', {}, async (scene) => {
  const { page, server } = scene;
  await openHome(scene, home());
  await page.getByRole('row', { name: /SYNC-01/ }).click();
  const panel = page.getByRole('dialog', { name: 'SYNC-01.contoso.example' });
  const words = (await panel.innerText()).replaceAll(/\s+/g, ' ');
  assert.match(words, /Key fingerprint Yk5yR0p1T2ZqU0hQdEZ3b1ZxM2N6a1pLbTlXbHdBZ2s/);
  assert.match(words, /Enrolled \d+ \w+ \d{4}, [\d:]+ \S+ \(40 days ago\)/);
  assert.match(words, /Agent Updater 1\.0\.0\.0 running since 3 days ago · 41 MiB memory/);
  assert.match(
    words,
    /Export Cloud directory Success 12 added 3 updated 1 deleted 2\.0 s export-add 12 export-update 3/,
  );
  server.push(home({ agents: [agent({ state: 'offline' }), watcher()] }));
  await panel.getByText('offline').waitFor();
  await panel.getByText('was running').first().waitFor();
  await page.goBack();
  await panel.waitFor({ state: 'detached' });
});

pageTest('the address of open details opens them again', {}, async (scene) => {
  const { page, server } = scene;
  server.home = home();
  await page.goto(`${server.origin}/?agent=${watcher().id}`);
  await page.getByRole('dialog', { name: 'DC-02.contoso.example' }).waitFor();
});

pageTest('Home can be worked with the keyboard alone', {}, async (scene) => {
  const { page } = scene;
  await openHome(scene, home({ errorCount: 3, errors: threeErrors() }));
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  const tab = (times: number) => repeat(times, () => page.keyboard.press('Tab'));

  await tab(1);
  assert.equal(await focused(), 'Skip to the page');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
  await tab(1);
  assert.equal(await focused(), 'Refresh');
  await repeat(2, () => page.keyboard.press('ArrowRight'));
  assert.equal(await focused(), 'Theme');
  await page.keyboard.press('Enter');
  await page.getByRole('menu', { name: 'Theme' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('menu').waitFor({ state: 'detached' });

  // Past the three headings of the answers, into the grid.
  await tab(4);
  assert.match(await focused(), /^DC-02/);
  await page.keyboard.press('ArrowDown');
  assert.match(await focused(), /^SYNC-01/);
  await page.keyboard.press('Enter');
  const panel = page.getByRole('dialog', { name: 'SYNC-01.contoso.example' });
  await panel.waitFor();
  assert.equal(await panel.evaluate((dialog) => dialog.contains(document.activeElement)), true);
  await page.keyboard.press('Escape');
  await panel.waitFor({ state: 'detached' });
  // It goes back with the frame after the panel's.
  for (let frame = 0; frame < 100 && !/^SYNC-01/.test(await focused()); frame++) await page.waitForTimeout(20);
  assert.match(await focused(), /^SYNC-01/, 'the focus is back on the row');

  // The headings of the columns sort.
  await repeat(2, () => page.keyboard.press('ArrowUp'));
  await page.keyboard.press('Enter');
  assert.equal(
    await page
      .getByRole('columnheader', { name: /Host|State/ })
      .first()
      .getAttribute('aria-sort'),
    'ascending',
  );

  await tab(1);
  await page.keyboard.type('grace');
  await page.getByText('1 of 3 errors').waitFor();
  await page.keyboard.press('Escape');
  await page.getByText('3 errors', { exact: true }).last().waitFor();
});

async function repeat(times: number, act: () => Promise<void>): Promise<void> {
  for (let round = 0; round < times; round++) await act();
}

// Look

pageTest('the chosen theme holds over a reload, before the first paint', { colorScheme: 'light' }, async (scene) => {
  const { page } = scene;
  const surface = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await openHome(scene, home());
  const light = await surface();
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemradio', { name: 'Dark' }).click();
  const dark = await surface();
  assert.notEqual(dark, light);
  await page.reload({ waitUntil: 'commit' });
  await page.waitForFunction(() => document.documentElement.dataset['theme'] === 'dark');
  await page.getByText('Live', { exact: true }).waitFor();
  assert.equal(await surface(), dark);
  await page.getByRole('button', { name: 'Theme' }).click();
  await page.getByRole('menuitemradio', { name: 'As the system' }).click();
  assert.equal(await surface(), light);
});

pageTest('nothing moves for those who asked for rest', { reducedMotion: 'reduce' }, async (scene) => {
  const { page } = scene;
  await openHome(scene, home());
  await page.getByRole('row', { name: /SYNC-01/ }).click();
  await page.getByRole('dialog').waitFor();
  const longestMs = await page.evaluate(() => {
    const lasting = document.getAnimations().map((each) => Number(each.effect?.getComputedTiming().duration ?? 0));
    return Math.max(0, ...lasting);
  });
  assert.equal(longestMs, 0);
});

pageTest('what is on the page stays in its place when it loads and when it changes', {}, async (scene) => {
  const { page, server } = scene;
  await page.addInitScript(() => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) sum += Number(Reflect.get(entry, 'value'));
      Reflect.set(globalThis, 'shiftSum', sum);
    }).observe({ type: 'layout-shift', buffered: true });
    Reflect.set(globalThis, 'shiftSum', 0);
  });
  await openHome(scene, home());
  server.push(
    home({ agents: [agent({ sync: syncStatus({ pendingExports: 12_345 }) }), watcher({ state: 'offline' })] }),
  );
  await page.getByText('1 of 2 online').waitFor();
  server.cutStreams();
  await page.getByText('Reconnecting…').waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  const shift = await page.evaluate(() => Reflect.get(globalThis, 'shiftSum'));
  assert.ok(shift < 0.02, `layout shift of ${shift}`);
});

/** Ways to be on the portal, each a state of its pages. */
const places: readonly { readonly name: string; readonly go: (scene: Scene) => Promise<void> }[] = [
  { name: 'Home, all well', go: (scene) => openHome(scene, home()) },
  { name: 'Home of an empty tenant', go: (scene) => openHome(scene, emptyHome()) },
  { name: 'Home in trouble', go: (scene) => openHome(scene, troubledHome()) },
  {
    name: 'the details of an agent',
    async go(scene) {
      await openHome(scene, troubledHome());
      await scene.page.getByRole('row', { name: /^SYNC-01/ }).click();
      await scene.page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'the open theme menu',
    async go(scene) {
      await openHome(scene, home());
      await scene.page.getByRole('button', { name: 'Theme' }).click();
      await scene.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'a filter without a match',
    async go(scene) {
      await openHome(scene, troubledHome());
      await scene.page.getByRole('searchbox', { name: 'Filter errors' }).fill('nobody');
      await scene.page.getByText('No error matches').waitFor();
    },
  },
  {
    name: 'the sign-in with a link',
    async go({ page, server }) {
      server.session = undefined;
      await page.goto(`${server.origin}/sign-in#${token}`);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
    },
  },
  {
    name: 'the sign-in after a link failed',
    async go({ page, server }) {
      server.session = undefined;
      await page.goto(`${server.origin}/sign-in#${token}`);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByText('This link does not work any more.').waitFor();
    },
  },
  {
    name: 'the sign-in without a link',
    async go({ page, server }) {
      server.session = undefined;
      await page.goto(`${server.origin}/sign-in?reason=ended`);
      await page.getByText('Your session ended.').waitFor();
    },
  },
  {
    name: 'an address without a page',
    async go({ page, server }) {
      await page.goto(`${server.origin}/nowhere`);
      await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
    },
  },
];

for (const place of places) {
  // At rest, so that no colour is looked at half way of its change.
  pageTest(`axe finds nothing on ${place.name}, in either theme`, { reducedMotion: 'reduce' }, async (scene) => {
    await place.go(scene);
    for (const colorScheme of ['light', 'dark'] as const) {
      await scene.page.emulateMedia({ colorScheme });
      assert.deepEqual(await axeFindings(scene.page), [], colorScheme);
    }
  });

  pageTest(`nothing scrolls sideways on ${place.name}, from 320 pixels to wide`, {}, async (scene) => {
    await place.go(scene);
    for (const width of [320, 480, 768, 1024, 1920]) {
      await scene.page.setViewportSize({ width, height: 800 });
      // What is open is laid out anew some frames after the window.
      for (let frame = 0; frame < 100 && (await sidewaysPixels(scene.page)).length > 0; frame++) {
        await scene.page.waitForTimeout(20);
      }
      assert.deepEqual(await sidewaysPixels(scene.page), [], `at ${width} pixels`);
    }
  });
}
