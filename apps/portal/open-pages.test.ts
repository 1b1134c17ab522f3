/** Pages for anybody, in a real browser: the version history and the downloads; see `testing/browser-page.ts`. */
import assert from 'node:assert/strict';
import { axeFindings, pageTest, type Scene, sidewaysPixels } from './testing/browser-page.ts';
import { home } from './testing/home-fixtures.ts';
import { campaign } from './testing/upgrade-fixtures.ts';

async function open({ page, server }: Scene, path: string, title: string): Promise<void> {
  await page.goto(`${server.origin}${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

for (const path of ['/version-history#2320', '/version-history/connect-sync#2320', '/version-history#2.3.2.0']) {
  pageTest(`${path} leads to 2.3.2.0, marks it and moves the focus there`, {}, async (scene) => {
    const { page } = scene;
    await open(scene, path, 'Version history');
    const marked = page.locator('[data-marked="true"]');
    await marked.waitFor();
    assert.equal(await marked.count(), 1);
    assert.match(flat(await marked.innerText()), /^2\.3\.2\.0 .+ Deprecated Support ended 30 Apr 2025/);
    await page.waitForFunction(() => document.activeElement?.id === '2320');
    const top = await marked.evaluate((place) => place.getBoundingClientRect().top);
    assert.ok(top >= 0 && top < 200, `it is at ${top} pixels`);
  });
}

pageTest('the version history is read without signing in, and leads to the sign-in', {}, async (scene) => {
  const { page, server } = scene;
  server.session = undefined;
  await open(scene, '/version-history', 'Version history');
  assert.match(await page.title(), /^Version history · Connect Sync · Springline$/);
  assert.equal(await page.getByRole('listitem').filter({ hasText: 'The newest version.' }).count(), 1);
  await page.getByRole('link', { name: 'Download' }).first().click();
  await page.getByRole('heading', { name: 'Download', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Sign in' }).click();
  await page.waitForURL(`${server.origin}/sign-in`);
});

pageTest('each history has its tab, its feed and its JSON', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/version-history', 'Version history');
  const tabs = page.getByRole('navigation', { name: 'Histories' });
  for (const [name, product, version] of [
    ['Connect Health', 'health', '4.5.2466.0'],
    ['Cloud Sync', 'cloud-sync', '1.1.2334.0'],
    ['This installation', 'springline', '1.2.0.0'],
    ['Connect Sync', 'connect-sync', '2.5.3.0'],
  ] as const) {
    await tabs.getByRole('link', { name }).click();
    await page.getByRole('heading', { name: `${version}, link to this version`, level: 3 }).waitFor();
    assert.equal(await tabs.getByRole('link', { name }).getAttribute('aria-current'), 'page');
    assert.ok(page.url().endsWith(`/version-history/${product}`));
    const feed = `/hus/v1/version-history/${product}/feed`;
    assert.equal(await page.getByRole('link', { name: 'Atom feed' }).getAttribute('href'), feed);
    assert.equal(await page.locator('link[rel="alternate"]').getAttribute('href'), feed);
    const json = await page.getByRole('link', { name: 'JSON' }).getAttribute('href');
    assert.equal(json, `/hus/v1/version-history/${product}`);
  }
});

pageTest('a version is linked to by its heading, with the keyboard too', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/version-history/cloud-sync', 'Version history');
  await page.getByRole('link', { name: '1.1.2334.0, link to this version' }).focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-marked="true"]').getByText('auto-upgrade from 5 May 2026').waitFor();
  assert.ok(page.url().endsWith('/version-history/cloud-sync#1123340'));
});

pageTest(
  'an address of a version that there is not says so, and a history that there is not is not found',
  {},
  async (scene) => {
    const { page, server } = scene;
    await open(scene, '/version-history#99999', 'Version history');
    await page.getByRole('note').getByText('No version of Connect Sync has the address #99999.').waitFor();
    await page.goto(`${server.origin}/version-history/exchange`);
    await page.getByRole('heading', { name: 'Nothing here' }).waitFor();
  },
);

pageTest('the former address of a component’s releases leads to them', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/upgrades/history/health-ad-ds', 'Version history');
  await page.waitForURL(`${server.origin}/version-history/springline#health-ad-ds`);
  await page.getByRole('region', { name: 'Connect Health for AD DS' }).getByText('1.1.0.0').waitFor();
  assert.equal(await page.getByRole('note').count(), 0);
});

pageTest(
  'a download has its size, digest and date, and the command that verifies it is copied',
  { permissions: ['clipboard-read', 'clipboard-write'] },
  async (scene) => {
    const { page } = scene;
    await open(scene, '/download#connect-sync', 'Download');
    const section = page.getByRole('region', { name: 'Connect Sync 1.2.0.0' });
    const words = flat(await section.innerText());
    assert.match(words, /Released 21 Nov 2026, .* \(1 day ago\)/);
    assert.match(words, /Linux, x64 Size 84\.2 MB SHA-256 [0-9a-f]{64} springline download connect-sync/);
    await section.getByRole('button', { name: 'Copy the command for Connect Sync, Linux, x64' }).click();
    await section.getByRole('status').getByText('Copied the command').waitFor();
    assert.equal(
      await page.evaluate(() => navigator.clipboard.readText()),
      'springline download connect-sync --version 1.2.0.0 --platform linux-x64',
    );
    await page.getByRole('region', { name: 'What is verified' }).getByText('signed length and SHA-256').waitFor();
  },
);

pageTest('where the browser lets nothing be copied, the page says how it goes', {}, async (scene) => {
  const { page } = scene;
  await page.addInitScript(() => {
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
  });
  await open(scene, '/download', 'Download');
  await page.getByRole('button', { name: 'Copy the command for Agent Updater, Windows, x64' }).click();
  await page.getByText('One click on the text selects all of it.').waitFor();
});

pageTest('a home that published nothing says how that is done', {}, async (scene) => {
  scene.server.upgrades.fleet = { agents: [], releases: [], releasesProblem: 'the Image repository: no JSON' };
  await open(scene, '/download', 'Download');
  await scene.page.getByText('springline release publish').waitFor();
  await scene.page.getByText('the Image repository: no JSON').waitFor();
});

pageTest('Releases and the campaign’s banner lead to the downloads', {}, async (scene) => {
  const { page, server } = scene;
  server.home = home();
  server.upgrades.minimums = campaign();
  await open(scene, '/', 'Home');
  await page.getByRole('region', { name: 'Campaign' }).getByRole('button', { name: 'Download' }).click();
  await page.getByRole('heading', { name: 'Download', level: 1 }).waitFor();
  await open(scene, '/upgrades/releases', 'Releases');
  await page.getByRole('main').getByRole('link', { name: 'Download' }).click();
  await page.getByRole('heading', { name: 'Download', level: 1 }).waitFor();
});

for (const [name, path, title] of [
  ['the version history with a marked version', '/version-history#2320', 'Version history'],
  ['the releases of this installation', '/version-history/springline', 'Version history'],
  ['the downloads', '/download', 'Download'],
] as const) {
  for (const who of ['somebody', 'nobody'] as const) {
    pageTest(
      `axe finds nothing on ${name} with ${who} signed in, and nothing scrolls sideways`,
      { reducedMotion: 'reduce' },
      async (scene) => {
        if (who === 'nobody') scene.server.session = undefined;
        await open(scene, path, title);
        for (const colorScheme of ['light', 'dark'] as const) {
          await scene.page.emulateMedia({ colorScheme });
          assert.deepEqual(await axeFindings(scene.page), [], colorScheme);
        }
        for (const width of [320, 360, 768, 1920]) {
          await scene.page.setViewportSize({ width, height: 800 });
          assert.deepEqual(await sidewaysPixels(scene.page), [], `at ${width} pixels`);
        }
      },
    );
  }
}
