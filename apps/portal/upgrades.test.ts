/** The pages of Upgrades in a real browser; see `testing/browser-page.ts`. */
import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { withAuthenticator } from './testing/authenticator.ts';
import { axeFindings, pageTest, type Scene, sidewaysPixels } from './testing/browser-page.ts';
import { autoUpgrade, home, session } from './testing/home-fixtures.ts';
import {
  auditTrail,
  campaign,
  fleetAgent,
  noCampaign,
  noPks,
  noRollouts,
  pendingChallenge,
  pendingDigest,
  policyJson,
  rollouts,
  uuidOf,
} from './testing/upgrade-fixtures.ts';

async function open({ page, server }: Scene, path: string, title: string): Promise<void> {
  await page.goto(`${server.origin}${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');
const focusedText = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');

// Home

pageTest('while a campaign runs, Home says how long is left and who is below', {}, async (scene) => {
  const { page, server } = scene;
  server.home = home();
  server.upgrades.minimums = campaign();
  await open(scene, '/', 'Home');
  const banner = page.getByRole('region', { name: 'Campaign' });
  assert.match(flat(await banner.innerText()), /^14 days left: 9 of 12 Connect Sync servers are below 2\.3\.2\.0 /);
  await page.getByRole('article').first().getByText('25% on a safe build: 6 of 24').waitFor();
  const later = banner.getByRole('button', { name: 'Consider Cloud Sync' });
  assert.equal(await later.getAttribute('aria-disabled'), 'true');
  await later.focus();
  await banner.getByRole('tooltip').getByText('not part of this version').waitFor();
  await banner.getByRole('button', { name: 'See who' }).click();
  await page.getByRole('heading', { name: 'Minimums', level: 1 }).waitFor();
  await page.goBack();
  await banner.getByRole('button', { name: 'Upgrade' }).click();
  await page.getByRole('heading', { name: 'Rollouts', level: 1 }).waitFor();
});

pageTest('without a campaign Home has no banner and counts no safe builds', {}, async (scene) => {
  scene.server.home = home();
  await open(scene, '/', 'Home');
  assert.equal(await scene.page.getByRole('region', { name: 'Campaign' }).count(), 0);
  assert.equal(await scene.page.getByText('on a safe build').count(), 0);
});

// Navigation

pageTest('the area Upgrades opens to its pages, and the breadcrumbs follow', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/', 'Home');
  const areas = page.getByRole('navigation', { name: 'Areas' });
  assert.deepEqual(await areas.getByRole('link').allInnerTexts(), [
    'Home',
    'Upgrades',
    'Connect Sync',
    'Version history',
    'Download',
    'Settings',
  ]);
  await areas.getByRole('link', { name: 'Upgrades' }).click();
  await page.getByRole('heading', { name: 'Rollouts', level: 1 }).waitFor();
  for (const title of ['Fleet', 'Minimums', 'Releases', 'Audit log', 'PKS clients']) {
    await areas.getByRole('link', { name: title }).click();
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    const crumbs = await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('listitem').allInnerTexts();
    assert.deepEqual(crumbs, ['Contoso', 'Upgrades', title]);
  }
});

// Rollouts

pageTest('a rollout opens to its rings: how far, what their hosts said, what is next', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  await page.getByRole('row', { name: /Connect Sync 1\.1\.0\.0/ }).click();
  const panel = page.getByRole('dialog', { name: 'Connect Sync 1.1.0.0' });
  const words = flat(await panel.innerText());
  assert.match(words, /What next Ring early is 41\.6% open/);
  assert.match(words, /Halts itself when 2 hosts failed and they are 5% of those that began/);
  assert.match(words, /canary Open to all kept it 12 failed 0 fell silent 0 under way 0/);
  assert.match(
    words,
    /early 41\.6% open kept it 81 failed 1 fell silent 0 under way 3 Open since 10 hours ago\. From 0%, 4\.1667% more an hour\. Soaks 1 day; goes on when 1 host and 90% of those that began kept it\./,
  );
  assert.match(words, /broad Not open kept it 0/);
  const time = panel.getByRole('time').first();
  assert.match((await time.getAttribute('title')) ?? '', /UTC$/);
});

pageTest('a halt names what will happen, asks for a reason, and says what became of it', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, `/upgrades/rollouts?rollout=${uuidOf(301)}`, 'Rollouts');
  await page.getByRole('dialog').getByRole('button', { name: 'Halt', exact: true }).click();
  const ask = page.getByRole('alertdialog', { name: 'Halt Connect Sync 1.1.0.0?' });
  await ask.getByText('No further host installs it from its next look on.').waitFor();
  await ask.getByRole('button', { name: 'Halt the rollout' }).click();
  await ask.getByRole('alert').getByText('Give a reason').waitFor();
  assert.deepEqual(server.upgrades.changes, []);
  await ask.getByRole('textbox', { name: 'Reason' }).fill('two sites report slow sign-in');
  await page.keyboard.press('Enter');
  await ask.waitFor({ state: 'detached' });
  assert.deepEqual(server.upgrades.changes, [
    {
      call: `POST /hus/v1/rollouts/${uuidOf(301)}/change`,
      body: { action: 'halt', reason: 'two sites report slow sign-in' },
    },
  ]);
  await page.keyboard.press('Escape');
  await page.getByRole('status').getByText('It is signed and in force.').waitFor();
});

pageTest('an act that does not fit the state is in its place with the reason', {}, async (scene) => {
  const { page } = scene;
  await open(scene, `/upgrades/rollouts?rollout=${uuidOf(303)}`, 'Rollouts');
  const panel = page.getByRole('dialog');
  const advance = panel.getByRole('button', { name: 'Advance' });
  assert.equal(await advance.getAttribute('aria-disabled'), 'true');
  assert.match(await describedBy(page, 'Advance'), /Only a running rollout is advanced\. This one is halted\./);
  await advance.click({ force: true });
  assert.equal(await page.getByRole('alertdialog').count(), 0);
  assert.equal(await panel.getByRole('button', { name: 'Resume' }).getAttribute('aria-disabled'), null);
});

/** What a screen reader adds to the button of this name. */
function describedBy(page: Page, name: string): Promise<string> {
  return page.getByRole('button', { name, exact: true }).evaluate((button) => {
    const id = button.getAttribute('aria-describedby') ?? '';
    return document.getElementById(id)?.textContent ?? '';
  });
}

pageTest('a refusal of the service stays in the dialog, in its words', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  server.upgrades.refusal = 'the signer refuses: policy-version';
  await page.getByRole('button', { name: 'Halt everything' }).click();
  const ask = page.getByRole('alertdialog', { name: 'Halt everything?' });
  await ask.getByRole('button', { name: 'Halt everything' }).click();
  await ask.getByRole('alert').getByText('the signer refuses: policy-version').waitFor();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await ask.waitFor({ state: 'detached' });
});

pageTest('everything is halted, and goes on, after a question', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  await page.getByRole('button', { name: 'Halt everything' }).click();
  server.upgrades.rollouts = rollouts({ isHalted: true });
  await page.getByRole('alertdialog').getByRole('button', { name: 'Halt everything' }).click();
  await page.getByRole('note').getByText('Everything is halted.').first().waitFor();
  await page.getByRole('button', { name: 'Go on after the halt' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Let rollouts go on' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  assert.deepEqual(
    server.upgrades.changes.map(({ body }) => body),
    [{ halt: true }, { halt: false }],
  );
});

pageTest('a freeze is added in local time and removed by its name', { timezoneId: 'Europe/Vienna' }, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  await page.getByRole('button', { name: 'Add a freeze' }).click();
  const ask = page.getByRole('dialog', { name: 'Add a freeze' });
  await ask.getByRole('textbox', { name: 'Name' }).fill('Move');
  await ask.getByLabel('From').fill('2026-12-01T08:00');
  await ask.getByLabel('Until').fill('2026-11-30T08:00');
  await ask.getByRole('button', { name: 'Add the freeze' }).click();
  await ask.getByRole('alert').getByText('It ends before it begins.').waitFor();
  await ask.getByLabel('Until').fill('2026-12-02T08:00');
  await ask.getByRole('button', { name: 'Add the freeze' }).click();
  await ask.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Remove Year end' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove the freeze' }).click();
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  assert.deepEqual(
    server.upgrades.changes.map(({ body }) => body),
    [
      { addFreeze: { name: 'Move', from: '2026-12-01T07:00:00.000Z', until: '2026-12-02T07:00:00.000Z' } },
      { removeFreeze: 'Year end' },
    ],
  );
});

pageTest('without the scope the commands are there, disabled, and say who may', {}, async (scene) => {
  const { page, server } = scene;
  server.session = { ...session(), scopes: ['read', 'directory.read'] };
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  for (const name of ['New rollout', 'Halt everything', 'Add a freeze', 'Take back', 'Remove Year end']) {
    assert.equal(await page.getByRole('button', { name, exact: true }).getAttribute('aria-disabled'), 'true', name);
    assert.match(await describedBy(page, name), /release manager or an administrator/, name);
  }
  assert.match(await describedBy(page, 'Approve with passkey'), /rollout approver or an administrator/);
  await page.getByRole('row', { name: /Connect Sync 1\.1\.0\.0/ }).click();
  assert.match(await describedBy(page, 'Halt'), /release manager/);
  await page.keyboard.press('Escape');
  await open(scene, '/upgrades/audit', 'Audit log');
  await page.getByText('it takes an administrator').waitFor();
  await open(scene, '/upgrades/rollouts/new', 'New rollout');
  for (let step = 0; step < 3; step++) await page.getByRole('button', { name: 'Next' }).click();
  assert.match(await describedBy(page, 'Hand in the plan'), /release manager/);
  assert.deepEqual(server.upgrades.changes, []);
});

pageTest('without a rollout the page says what agents do meanwhile, and leads to the first', {}, async (scene) => {
  const { page, server } = scene;
  server.upgrades.rollouts = noRollouts();
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  await page.getByText('agents install whatever is published').waitFor();
  await page.getByRole('link', { name: 'Plan the first rollout' }).click();
  await page.getByRole('heading', { name: 'New rollout', level: 1 }).waitFor();
});

pageTest('a signer that does not answer is named, and nothing can be changed', {}, async (scene) => {
  scene.server.upgrades.rollouts = rollouts({ signerProblem: 'the signer does not answer: ENOENT.' });
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  await scene.page.getByRole('note').getByText('ENOENT').waitFor();
  assert.match(await describedBy(scene.page, 'Halt everything'), /signer does not answer/);
});

// Passkeys

pageTest('a passkey that was made here approves: it signs the digest, with the person verified', {}, async (scene) => {
  const { page, server } = scene;
  await withAuthenticator(page);
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  await page.getByRole('button', { name: 'Make a passkey for approving' }).click();
  const make = page.getByRole('dialog', { name: 'Make a passkey for approving' });
  await make.getByRole('textbox', { name: 'Name of the approver' }).fill('Ada');
  await make.getByRole('button', { name: 'Make a passkey' }).click();
  const made = page.getByRole('dialog', { name: 'The passkey is made' });
  await made.getByText('springline rollout approver add approver.json').waitFor();
  const file = JSON.parse(await made.locator('pre').first().innerText());
  assert.deepEqual(Object.keys(file), ['name', 'credentialId', 'publicKey', 'rpId', 'origin']);
  assert.deepEqual([file.name, file.rpId, file.origin], ['Ada', 'localhost', server.origin]);
  await made.getByRole('button', { name: 'Done' }).click();

  const { name, credentialId, rpId } = file;
  server.upgrades.rollouts = rollouts({ approvers: [{ name, credentialId, rpId }] });
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByText('Passkey for localhost').waitFor();
  await page.getByRole('button', { name: 'Approve with passkey' }).click();
  const ask = page.getByRole('dialog', { name: 'Approve this?' });
  await ask.getByText(pendingDigest).waitFor();
  await ask.getByRole('button', { name: 'Approve with passkey' }).click();
  await page.getByRole('status').getByText('Approved.').waitFor();

  const [{ call, body }] = server.upgrades.changes as [{ call: string; body: Record<string, string> }];
  assert.equal(call, `POST /hus/v1/approvals/${pendingDigest}`);
  assert.equal(body['credentialId'], credentialId);
  const [data, client, signature] = ['authenticatorData', 'clientDataJson', 'signature'].map((part) =>
    Buffer.from(body[part]!, 'base64url'),
  ) as [Buffer, Buffer, Buffer];
  const said = JSON.parse(client.toString());
  assert.equal(said.type, 'webauthn.get');
  assert.equal(said.challenge, Buffer.from(pendingChallenge, 'hex').toString('base64url'));
  assert.equal(said.origin, server.origin);
  assert.equal(data[32]! & 0x05, 0x05, 'present and verified');
  const key = createPublicKey({ key: Buffer.from(file.publicKey, 'base64url'), format: 'der', type: 'spki' });
  const signed = Buffer.concat([data, createHash('sha256').update(client).digest()]);
  assert.equal(verify('sha256', signed, key, signature), true);
});

pageTest('a device without the passkey approves nothing and says why', {}, async (scene) => {
  const { page, server } = scene;
  const { cdp, authenticatorId } = await withAuthenticator(page);
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  await page.getByRole('button', { name: 'Approve with passkey' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Approve with passkey' }).click();
  await page.getByRole('alert').getByText('No passkey was used').waitFor();
  assert.deepEqual(server.upgrades.changes, []);
});

pageTest('where nobody is an approver, approving says how one becomes one', {}, async (scene) => {
  scene.server.upgrades.rollouts = rollouts({ approvers: [] });
  await open(scene, '/upgrades/rollouts', 'Rollouts');
  assert.match(await describedBy(scene.page, 'Approve with passkey'), /Make a passkey below/);
  await scene.page.getByText('springline rollout approver add FILE').waitFor();
});

// New rollout

pageTest('a rollout is planned with the keyboard alone', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/upgrades/rollouts/new', 'New rollout');
  const press = (key: string) => page.keyboard.press(key);
  const heading = (name: string) => page.getByRole('heading', { name: new RegExp(name), level: 2 });

  await page.getByRole('button', { name: 'Theme' }).focus();
  await press('Tab');
  assert.equal(await page.evaluate(() => (document.activeElement as HTMLSelectElement).value), 'connect-sync');
  await page.keyboard.type('Connect Sync');
  await press('Tab');
  assert.equal(await page.evaluate(() => (document.activeElement as HTMLSelectElement).value), '1.2.0.0');
  await press('Tab');
  assert.equal(await focusedText(page), 'Next');
  await press('Enter');
  await heading('Rings').waitFor();
  assert.match(await focusedText(page), /Rings$/, 'the focus is on the heading of the step');

  // The first field of the first ring.
  await press('Tab');
  await press('ControlOrMeta+a');
  await page.keyboard.type('My ring');
  await press('Enter');
  await page.getByRole('alert').getByText('Correct “My ring”.').waitFor();
  await page.getByText('Lower-case letters, digits and hyphens, beginning with a letter.').waitFor();
  await press('ControlOrMeta+a');
  await page.keyboard.type('pilot');
  await press('Enter');
  await heading('Safety').waitFor();
  await press('Tab');
  await press('ControlOrMeta+a');
  await page.keyboard.type('3');
  await press('Enter');
  await heading('Review').waitFor();
  const dates = await page.getByRole('list', { name: 'Dates' }).innerText();
  assert.match(flat(dates), /pilot opens 22 Nov 2026, .* early opens 23 Nov 2026, .* broad opens 25 Nov 2026, /);
  await page.getByText('At most 2% of hosts an hour').waitFor();
  await press('Tab');
  assert.equal(await focusedText(page), 'Hand in the plan');
  await press('Enter');
  await page.getByRole('heading', { name: 'Rollouts', level: 1 }).waitFor();
  await page.getByRole('dialog', { name: 'Connect Sync 1.1.0.0' }).waitFor();
  const [{ call, body }] = server.upgrades.changes as [{ call: string; body: Record<string, never> }];
  assert.equal(call, 'POST /hus/v1/rollouts');
  assert.deepEqual([body['component'], body['version']], ['connect-sync', '1.2.0.0']);
  assert.deepEqual(body['haltAt'], { minFailures: 3, failurePpm: 50_000 });
  assert.equal(body['rings']![0]!['name'], 'pilot');
});

pageTest('a release that is recalled or rolled out already cannot be chosen, and that is said', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/upgrades/rollouts/new', 'New rollout');
  await page.getByRole('combobox', { name: 'Component' }).selectOption('connect-sync');
  for (const [version, words] of [
    ['1.0.7.0', 'The publisher recalled this build.'],
    ['1.1.0.0', 'A rollout of it is there already: it is running.'],
  ] as const) {
    await page.getByRole('combobox', { name: 'Version' }).selectOption(version);
    await page.getByText(words).first().waitFor();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('alert').getByText(words).waitFor();
  }
});

// Fleet

pageTest(
  'the fleet filters and searches, and the export holds what it shows, safe for spreadsheets',
  {},
  async (scene) => {
    const { page } = scene;
    await open(scene, '/upgrades/fleet', 'Fleet');
    const rows = page.getByRole('grid', { name: 'Hosts' }).getByRole('rowheader');
    assert.equal(await rows.count(), 8);
    await page.getByRole('combobox', { name: 'State' }).selectOption('Disabled');
    await page.getByText('7 hosts. Page 1, 1 row.').waitFor();
    assert.deepEqual(await rows.allInnerTexts(), ['SYNC-03.contoso.example\nonline']);
    assert.ok(page.url().endsWith('/upgrades/fleet?state=Disabled'), page.url());
    await page.getByRole('button', { name: 'Clear all filters' }).click();
    await page.getByText('7 hosts. Page 1, 8 rows.').waitFor();
    await page.getByRole('combobox', { name: 'Channel' }).selectOption('PKS');
    await page.getByText('7 hosts. Page 1, 1 row.').waitFor();
    await page.getByRole('row', { name: /=cmd/ }).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export as CSV' }).click();
    const saved = await download;
    assert.equal(saved.suggestedFilename(), 'springline-fleet-2026-11-22.csv');
    const lines = (await readFile(await saved.path(), 'utf8')).split('\r\n');
    assert.equal(
      lines[1],
      `"'=cmd|calc",Connect Sync,0.9.0.0,Enabled,PKS,broad,On PKS,PKS,Success,2026-11-19T14:00:00.000Z`,
    );
    assert.equal(lines.length, 3);
    await page.getByRole('searchbox', { name: 'Search hosts' }).fill('nobody');
    await page.getByText('No host matches these filters.').waitFor();
    assert.match(await describedBy(page, 'Export as CSV'), /nothing to export/);
  },
);

pageTest('the groups of the fleet are counted, and one of them shows its own rows', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/upgrades/fleet', 'Fleet');
  const groups = page.getByRole('list', { name: 'By group' }).getByRole('button');
  assert.deepEqual((await groups.allInnerTexts()).map(flat), ['Well 5', 'Failed 1', 'Opted out 1', 'On PKS 1']);
  await groups.filter({ hasText: 'Failed' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('7 hosts. Page 1, 1 row.').waitFor();
  assert.equal(await groups.filter({ hasText: 'Failed' }).getAttribute('aria-pressed'), 'true');
  await page
    .getByRole('row', { name: /SYNC-05/ })
    .getByText('UpgradeAbortedInsufficientDiskSpace')
    .waitFor();
  await page.reload();
  await page.getByText('7 hosts. Page 1, 1 row.').waitFor();
});

pageTest('a filter of the fleet that cannot be answered says so, and the way back stays', {}, async (scene) => {
  const { page, server } = scene;
  server.upgrades.failingGroup = 'failed';
  await open(scene, '/upgrades/fleet', 'Fleet');
  const groups = page.getByRole('list', { name: 'By group' }).getByRole('button');
  await groups.filter({ hasText: 'Failed' }).click();
  await page.getByText('These hosts could not be read.').waitFor();
  await page.getByRole('note').getByText('Nobody answers.').waitFor();
  server.upgrades.failingGroup = undefined;
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByText('7 hosts. Page 1, 1 row.').waitFor();
});

pageTest('the fleet opened from elsewhere with another filter is not blank while it is read', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/upgrades/fleet?group=failed', 'Fleet');
  await page.getByText('7 hosts. Page 1, 1 row.').waitFor();
  const areas = page.getByRole('navigation', { name: 'Areas' });
  await areas.getByRole('link', { name: 'Releases' }).click();
  await page.getByRole('heading', { name: 'Releases', level: 1 }).waitFor();
  const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  await page.route(/\/fleet\?limit=/, async (route) => {
    ask();
    await answered;
    await route.continue();
  });
  await areas.getByRole('link', { name: 'Fleet' }).click();
  await asked;
  await page.getByRole('heading', { name: 'Releases', level: 1 }).waitFor();
  answer();
  await page.getByText('7 hosts. Page 1, 8 rows.').waitFor();
});

pageTest('a large fleet comes page by page, and another order begins with its first page', {}, async (scene) => {
  const { page, server } = scene;
  const agents = Array.from({ length: 250 }, (_, at) =>
    fleetAgent({ agentId: uuidOf(1_000 + at), hostName: `SYNC-${String(at).padStart(3, '0')}` }),
  );
  server.upgrades.fleet = { ...server.upgrades.fleet, agents };
  await open(scene, '/upgrades/fleet', 'Fleet');
  const rows = page.getByRole('grid', { name: 'Hosts' }).getByRole('rowheader');
  const pages = page.getByRole('navigation', { name: 'Pages' });
  const next = pages.getByRole('button', { name: 'Next page' });
  assert.equal(await rows.count(), 100);
  assert.match(await describedBy(page, 'Previous page'), /first page/);
  await next.click();
  await page.getByRole('row', { name: 'SYNC-100' }).waitFor();
  await next.click();
  await page.getByText('250 hosts. Page 3, 50 rows.').waitFor();
  assert.match(await describedBy(page, 'Next page'), /last page/);
  await pages.getByRole('button', { name: 'Previous page' }).click();
  await page.getByRole('row', { name: 'SYNC-100' }).waitFor();
  await page.getByRole('columnheader', { name: 'Host' }).click();
  await page.getByRole('row', { name: 'SYNC-249' }).waitFor();
  await page.getByText('Page 1, 100 rows.').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  const lines = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
  assert.equal(lines.length, 251);
});

pageTest('a host that is on another page is opened by its address', {}, async (scene) => {
  await open(scene, `/upgrades/fleet?group=failed&agent=${uuidOf(26)}`, 'Fleet');
  await scene.page
    .getByRole('dialog', { name: 'DC-02.contoso.example' })
    .getByText('It is up to date')
    .first()
    .waitFor();
});

for (const [host, id, words] of [
  ['in an open share', 11, /Nothing holds it: 1\.1\.0\.0 is open to it .*Rule open/],
  [
    'of a later ring',
    21,
    /1\.1\.0\.0 is held The rollout has not reached the ring that this host is in\. Way out Wait until .* 1\.2\.0\.0 No rollout names this build\. 1\.0\.7\.0 The publisher has recalled this build\. Rule ring-not-open/,
  ],
  ['that opted out', 22, /1\.1\.0\.0 is held Auto-upgrade is off here.*set Enabled.*Rule Disabled/],
  ['that is silent', 23, /1\.1\.0\.0 is open to it, and the host is silent .*springline agent status/],
  [
    'that is not ready',
    24,
    /1\.1\.0\.0 is open to it, and the host is not ready UpgradeAbortedInsufficientDiskSpace: 310 MiB/,
  ],
  ['on PKS', 25, /It asks the retired PKS channel/],
  ['on the newest build', 26, /Connect Health for AD DS 1\.1\.0\.0 It is up to date/],
] as const) {
  pageTest(`a host ${host} is told why it is not upgrading, and the way out`, {}, async (scene) => {
    await open(scene, `/upgrades/fleet?agent=${uuidOf(id)}`, 'Fleet');
    const panel = scene.page.getByRole('dialog');
    await panel.getByText('Rule').first().waitFor();
    assert.match(flat(await panel.innerText()), words);
  });
}

pageTest('a freeze of the signed policy holds a host and names its end', {}, async (scene) => {
  const freezes = [{ name: 'Year end', from: '2026-11-20T00:00:00Z', until: '2026-12-31T00:00:00Z' }];
  scene.server.upgrades.policy = policyJson({ freezes });
  await open(scene, `/upgrades/fleet?agent=${uuidOf(11)}`, 'Fleet');
  const panel = scene.page.getByRole('dialog');
  await panel.getByText('1.1.0.0 waits for its time').waitFor();
  assert.match(flat(await panel.innerText()), /A freeze is in force\. Not before 31 Dec 2026, .* \(in 38 days\)/);
});

pageTest('what is set on the host itself is shown, and its shut window is why it waits', {}, async (scene) => {
  const own = {
    windows: ['Sat,Sun 22:00-04:00 Europe/Amsterdam'],
    opensAt: '2026-11-28T21:00:00.000Z',
    pin: '1.1.0.0',
    consentsToFloors: true,
  };
  const agents = [fleetAgent({ autoUpgrade: autoUpgrade({ ring: 'canary', own }) })];
  scene.server.upgrades.fleet = { ...scene.server.upgrades.fleet, agents };
  await open(scene, `/upgrades/fleet?agent=${uuidOf(11)}`, 'Fleet');
  const panel = scene.page.getByRole('dialog');
  await panel.getByText('1.1.0.0 waits for its time').waitFor();
  const words = flat(await panel.innerText());
  assert.match(
    words,
    /Set on the host Maintenance window Sat,Sun 22:00-04:00 Europe\/Amsterdam Next possible time 28 Nov 2026/,
  );
  assert.match(words, /Pin never above 1\.1\.0\.0 Floors may act here/);
  assert.match(words, /Its maintenance window is shut\. Not before 28 Nov 2026, .* Rule maintenance-window/);
  assert.deepEqual(await axeFindings(scene.page), []);
});

pageTest('a policy with a word that nobody knows holds everything', {}, async (scene) => {
  scene.server.upgrades.policy = policyJson({ moonPhase: 'full' });
  await open(scene, `/upgrades/fleet?agent=${uuidOf(11)}`, 'Fleet');
  await scene.page.getByRole('dialog').getByText('policy-not-understood').waitFor();
});

pageTest('a wish is made, shown, and counts at once in why a server is not upgrading', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, `/upgrades/fleet?agent=${uuidOf(11)}`, 'Fleet');
  const panel = page.getByRole('dialog', { name: 'SYNC-01.contoso.example' });
  await panel.getByText('None: the host follows the rollouts.').waitFor();
  await panel.getByRole('button', { name: 'Hold upgrades back' }).click();
  const ask = page.getByRole('dialog', { name: 'Hold upgrades of SYNC-01.contoso.example back' });
  await ask.getByRole('textbox', { name: 'Pin: never above' }).fill('one');
  await ask.getByRole('button', { name: 'Save the wish' }).click();
  await ask.getByRole('alert').getByText('A version of two to four numbers').waitFor();
  await ask.getByRole('textbox', { name: 'Pin: never above' }).fill('1.0.5.0');
  await ask.getByRole('button', { name: 'Save the wish' }).click();
  await ask.waitFor({ state: 'detached' });
  assert.deepEqual(server.upgrades.wish, { pin: '1.0.5.0' });
  await panel.getByText('Pinned: never above 1.0.5.0.').waitFor();
  await panel.getByText('It is pinned below this build.').waitFor();
});

// Minimums, releases, audit log, PKS

pageTest('minimums count down, and “not yet announced” is neither ok nor below', {}, async (scene) => {
  scene.server.upgrades.minimums = campaign();
  await open(scene, '/upgrades/minimums', 'Minimums');
  const { page } = scene;
  const row = (name: RegExp) => page.getByRole('table', { name: 'By component' }).getByRole('row', { name });
  assert.match(flat(await row(/^Connect Sync/).innerText()), /^Connect Sync 2\.3\.2\.0 3 9 0 Notices$/);
  assert.match(flat(await row(/AD DS/).innerText()), /^Connect Health for AD DS not yet announced – – 2 Notices$/);
  await page.getByText('25% on a safe build: 6 of 24 installations').waitFor();
  for (const [group, count] of [
    ['Opted out', 3],
    ['Failed', 3],
    ['On PKS', 2],
    ['Not seen', 1],
  ] as const) {
    assert.equal(await page.getByRole('region', { name: group }).locator('.server-name').count(), count, group);
  }
  await page.getByText('springline agent auto-upgrade readiness').waitFor();
});

pageTest('without a campaign the page says how one is opened', {}, async (scene) => {
  scene.server.upgrades.minimums = noCampaign();
  await open(scene, '/upgrades/minimums', 'Minimums');
  await scene.page.getByRole('heading', { name: 'No campaign runs' }).waitFor();
});

pageTest('releases say what became of them, and how many hosts run them leads to those hosts', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/upgrades/releases', 'Releases');
  const words = flat(await page.getByRole('region', { name: 'Connect Sync' }).innerText());
  assert.match(words, /1\.2\.0\.0 1 day ago For auto-upgrade At most 2% an hour/);
  assert.match(words, /1\.0\.7\.0 20 days ago Recalled Recalled: exports/);
  assert.match(words, /1\.0\.0\.0 60 days ago For auto-upgrade Rollout: complete The first\. Runs on 5 hosts/);
  await page.getByRole('region', { name: 'Connect Sync' }).getByRole('link', { name: 'Runs on 5 hosts' }).click();
  await page.getByText('7 hosts. Page 1, 5 rows.').waitFor();
});

pageTest(
  'the audit log comes page by page, filters, and its chain is checked as far as it is loaded',
  {},
  async (scene) => {
    const { page, server } = scene;
    server.upgrades.audit = auditTrail(250);
    await open(scene, '/upgrades/audit', 'Audit log');
    await page.getByText('over the 200 entries').waitFor();
    await page.getByRole('button', { name: 'Load later entries' }).click();
    await page.getByText('over the 250 entries').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Load later entries' }).count(), 0);
    await page.getByRole('searchbox', { name: 'Filter entries' }).fill('approval.given');
    await page.getByText('62 of 250 entries').waitFor();
  },
);

pageTest('an entry that was altered breaks the chain, and the page names it', {}, async (scene) => {
  scene.server.upgrades.audit = auditTrail(9).map((entry) =>
    entry.sequence === 4 ? { ...entry, actor: 'person:Mallory' } : entry,
  );
  await open(scene, '/upgrades/audit', 'Audit log');
  await scene.page.getByText('The chain breaks at entry 4.').waitFor();
});

pageTest('PKS shows its phase, its dates, and who is left, as claims', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/upgrades/pks', 'PKS clients');
  const phase = flat(await page.getByRole('region', { name: 'Phase' }).innerText());
  assert.match(phase, /^Phase Deprecated .* Sunset 6 Dec 2026, .* \(in 13 days\)$/);
  const left = page.getByRole('table', { name: 'Left on PKS' });
  assert.match(flat(await left.getByRole('row', { name: /litware/ }).innerText()), /swing migration/);
  await page.getByText('nobody has verified them').waitFor();
});

pageTest('a session that ended leads from every page to the sign-in', {}, async ({ page, server }) => {
  server.session = undefined;
  await page.goto(`${server.origin}/upgrades/fleet`);
  await page.waitForURL(`${server.origin}/sign-in`);
});

// Look

interface Place {
  readonly name: string;
  readonly go: (scene: Scene) => Promise<void>;
}

const steps = (count: number) => async (scene: Scene) => {
  await open(scene, '/upgrades/rollouts/new', 'New rollout');
  for (let step = 0; step < count; step++) await scene.page.getByRole('button', { name: 'Next' }).click();
};

const places: readonly Place[] = [
  {
    name: 'Home with a campaign',
    async go(scene) {
      scene.server.home = home();
      scene.server.upgrades.minimums = campaign();
      await open(scene, '/', 'Home');
      await scene.page.getByText('Live', { exact: true }).waitFor();
    },
  },
  { name: 'rollouts', go: (scene) => open(scene, '/upgrades/rollouts', 'Rollouts') },
  {
    name: 'rollouts of a reader without any',
    async go(scene) {
      scene.server.session = { ...session(), scopes: ['read'] };
      scene.server.upgrades.rollouts = {
        ...noRollouts(),
        isHalted: true,
        signerProblem: 'the signer does not answer.',
      };
      await open(scene, '/upgrades/rollouts', 'Rollouts');
    },
  },
  {
    name: 'the details of a rollout',
    async go(scene) {
      await open(scene, `/upgrades/rollouts?rollout=${uuidOf(301)}`, 'Rollouts');
      await scene.page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'a question before a halt',
    async go(scene) {
      await open(scene, '/upgrades/rollouts', 'Rollouts');
      await scene.page.getByRole('button', { name: 'Halt everything' }).click();
      await scene.page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'a new freeze that is wrong',
    async go(scene) {
      await open(scene, '/upgrades/rollouts', 'Rollouts');
      await scene.page.getByRole('button', { name: 'Add a freeze' }).click();
      await scene.page.getByRole('button', { name: 'Add the freeze' }).click();
      await scene.page.getByRole('alert').waitFor();
    },
  },
  { name: 'the release of a new rollout', go: steps(0) },
  { name: 'the rings of a new rollout', go: steps(1) },
  { name: 'the safety of a new rollout', go: steps(2) },
  { name: 'the review of a new rollout', go: steps(3) },
  {
    name: 'rings that are wrong',
    async go(scene) {
      await steps(1)(scene);
      await scene.page.getByRole('textbox', { name: 'Name' }).first().fill('Not a ring');
      await scene.page.getByRole('button', { name: 'Next' }).click();
      await scene.page.getByRole('alert').waitFor();
    },
  },
  { name: 'the fleet', go: (scene) => open(scene, '/upgrades/fleet', 'Fleet') },
  {
    name: 'why a server is not upgrading',
    async go(scene) {
      scene.server.upgrades.wish = { pin: '1.0.5.0', disabled: true };
      await open(scene, `/upgrades/fleet?agent=${uuidOf(26)}`, 'Fleet');
      await scene.page.getByText('Rule').first().waitFor();
    },
  },
  {
    name: 'the wish of a tenant',
    async go(scene) {
      await open(scene, `/upgrades/fleet?agent=${uuidOf(11)}`, 'Fleet');
      await scene.page.getByRole('button', { name: 'Hold upgrades back' }).click();
      await scene.page.getByRole('textbox', { name: 'Pin: never above' }).waitFor();
    },
  },
  {
    name: 'an empty fleet',
    async go(scene) {
      scene.server.upgrades.fleet = { agents: [], releases: [], releasesProblem: 'the Image repository: no JSON' };
      await open(scene, '/upgrades/fleet', 'Fleet');
    },
  },
  {
    name: 'minimums of a campaign',
    async go(scene) {
      scene.server.upgrades.minimums = campaign();
      await open(scene, '/upgrades/minimums', 'Minimums');
    },
  },
  { name: 'minimums without a campaign', go: (scene) => open(scene, '/upgrades/minimums', 'Minimums') },
  { name: 'releases', go: (scene) => open(scene, '/upgrades/releases', 'Releases') },
  { name: 'the audit log', go: (scene) => open(scene, '/upgrades/audit', 'Audit log') },
  { name: 'PKS clients', go: (scene) => open(scene, '/upgrades/pks', 'PKS clients') },
  {
    name: 'PKS without clients',
    async go(scene) {
      scene.server.upgrades.pks = noPks();
      await open(scene, '/upgrades/pks', 'PKS clients');
    },
  },
];

for (const place of places) {
  pageTest(
    `axe finds nothing on ${place.name} in either theme, and nothing scrolls sideways`,
    { reducedMotion: 'reduce' },
    async (scene) => {
      await place.go(scene);
      for (const colorScheme of ['light', 'dark'] as const) {
        await scene.page.emulateMedia({ colorScheme });
        assert.deepEqual(await axeFindings(scene.page), [], colorScheme);
      }
      for (const width of [320, 480, 768, 1024, 1920]) {
        await scene.page.setViewportSize({ width, height: 800 });
        assert.deepEqual(await sidewaysPixels(scene.page), [], `at ${width} pixels`);
      }
    },
  );
}
