/** The pages of Settings, and a restored database on Home, in a real browser; see `testing/browser-page.ts`. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { axeFindings, pageTest, type Scene, sidewaysPixels } from './testing/browser-page.ts';
import { home, session } from './testing/home-fixtures.ts';
import { grace } from './testing/settings-service.ts';

async function open({ page, server }: Scene, path: string, title: string): Promise<void> {
  await page.goto(`${server.origin}${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** What a screen reader adds to the button of this name. */
function describedBy(page: Page, name: string): Promise<string> {
  return page.getByRole('button', { name, exact: true }).evaluate((button) => {
    const id = button.getAttribute('aria-describedby') ?? '';
    return document.getElementById(id)?.textContent ?? '';
  });
}

const outcome = (page: Page, words: string) => page.getByRole('status').getByText(words).waitFor();

// Notices

pageTest('e-mail is added with its password, which nothing shows afterwards', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/settings', 'Notices');
  await page.getByRole('button', { name: 'Add e-mail' }).click();
  const ask = page.getByRole('dialog', { name: 'Add e-mail' });
  await ask.getByRole('textbox', { name: 'Mail server' }).fill('mail.example.org');
  await ask.getByRole('button', { name: 'Add e-mail' }).click();
  await ask.getByRole('alert').getByText('smtp://host:port or smtps://host:port').waitFor();
  await ask.getByRole('textbox', { name: 'Mail server' }).fill('smtp://mail.example.org:587');
  await ask.getByRole('textbox', { name: 'From' }).fill('springline@example.org');
  await ask.getByRole('textbox', { name: 'To' }).fill('ops@example.org, night@example.org');
  await ask.getByRole('textbox', { name: 'User' }).fill('springline');
  await ask.getByRole('button', { name: 'Add e-mail' }).click();
  await ask.getByRole('alert').getByText('User and password come together.').waitFor();
  const password = ask.getByLabel('Password');
  assert.equal(await password.getAttribute('type'), 'password');
  await password.fill('correct horse');
  await ask.getByRole('button', { name: 'Add e-mail' }).click();
  await ask.waitFor({ state: 'detached' });
  await outcome(page, 'Notices go to email.');
  assert.deepEqual(server.settings.changes, [
    {
      call: 'POST /platform/v1/notice-channels/email',
      body: {
        ...{ name: 'email', smtp: 'smtp://mail.example.org:587', from: 'springline@example.org' },
        ...{ to: ['ops@example.org', 'night@example.org'], user: 'springline', password: 'correct horse' },
      },
    },
  ]);
  assert.ok(!(await page.content()).includes('correct horse'));
});

pageTest('the signing secret of a webhook is shown once', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/settings/notices', 'Notices');
  await page.getByRole('button', { name: 'Add a webhook' }).click();
  const ask = page.getByRole('dialog', { name: 'Add a webhook' });
  await ask.getByRole('textbox', { name: 'Address' }).fill('https://hooks.example.org/springline');
  await page.keyboard.press('Enter');
  const made = page.getByRole('dialog', { name: 'Signing secret of webhook' });
  await made.getByText('whsec_shown-once').waitFor();
  await made.getByText('This is shown once.').waitFor();
  await made.getByRole('button', { name: 'I have kept it' }).click();
  await made.waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes('whsec_shown-once'));
  assert.equal(server.settings.changes.length, 1);
});

pageTest('a channel is tested, and a failure is told in the words of the service', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/settings/notices', 'Notices');
  await page.getByRole('button', { name: 'Test operations' }).click();
  await outcome(page, 'Test sent by operations.');
  server.settings.testOutcome = { outcome: 'failed', problem: 'mail-refused 550' };
  await page.getByRole('button', { name: 'Test operations' }).click();
  await outcome(page, 'The test of operations failed.');
  await outcome(page, 'mail-refused 550');
});

pageTest('a channel is removed after a question that names it', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/settings/notices', 'Notices');
  await page.getByRole('button', { name: 'Remove operations' }).click();
  const ask = page.getByRole('alertdialog', { name: 'Remove operations?' });
  await ask.getByText('ops@contoso.example').waitFor();
  await ask.getByRole('button', { name: 'Remove the channel' }).click();
  await page.getByText('None: nobody is told.').waitFor();
  assert.equal(server.settings.changes[0]?.call.slice(0, 6), 'DELETE');
});

pageTest('the last notices say how each delivery went', {}, async (scene) => {
  await open(scene, '/settings/notices', 'Notices');
  const last = flat(await scene.page.getByRole('region', { name: 'Last notices' }).innerText());
  assert.match(last, /30 days left .* operations: given up, mail-refused 550 a removed channel: sent/);
});

// People

pageTest('a person is invited with a role and a link that is shown once', {}, async (scene) => {
  const { page, server } = scene;
  await open(scene, '/settings/people', 'People');
  await page.getByRole('button', { name: 'Invite a person' }).click();
  const ask = page.getByRole('dialog', { name: 'Invite a person' });
  await ask.getByRole('button', { name: 'Invite' }).click();
  await ask.getByRole('alert').getByText('Give a name.').waitFor();
  await ask.getByRole('textbox', { name: 'Name' }).fill('Barbara Liskov');
  await ask.getByRole('combobox', { name: 'Role' }).selectOption('release-manager');
  await ask.getByText('Plans, halts and resumes rollouts').waitFor();
  await ask.getByRole('button', { name: 'Invite' }).click();
  const link = page.getByRole('dialog', { name: 'Sign-in link of Barbara Liskov' });
  await link.getByText('https://springline.example/sign-in#t=abc').waitFor();
  await link.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByText('Barbara Liskov', { exact: true }).waitFor();
  assert.deepEqual(server.settings.changes[0], {
    call: 'POST /platform/v1/people',
    body: { name: 'Barbara Liskov', role: 'release-manager' },
  });
});

pageTest('an invited person without a link is there, and the link is asked for by itself', {}, async (scene) => {
  const { page, server } = scene;
  server.settings.linkRefusals = 1;
  await open(scene, '/settings/people', 'People');
  await page.getByRole('button', { name: 'Invite a person' }).click();
  const ask = page.getByRole('dialog', { name: 'Invite a person' });
  await ask.getByRole('textbox', { name: 'Name' }).fill('Barbara Liskov');
  await ask.getByRole('button', { name: 'Invite' }).click();
  const again = page.getByRole('dialog', { name: 'Sign-in link for Barbara Liskov' });
  await page.getByText('Barbara Liskov is added, and has no link yet.').waitFor();
  await again.getByRole('button', { name: 'Make the link' }).click();
  await page.getByRole('dialog', { name: 'Sign-in link of Barbara Liskov' }).waitFor();
  assert.equal(server.settings.people.filter(({ name }) => name === 'Barbara Liskov').length, 1);
});

pageTest(
  'a role is changed, and a person removed after a question; nobody does either to themselves',
  {},
  async (scene) => {
    const { page, server } = scene;
    await open(scene, '/settings/people', 'People');
    assert.match(await describedBy(page, 'Remove Ada Administrator'), /ask another administrator/);
    await page.getByRole('button', { name: 'Change the role of Grace Hopper' }).click();
    const ask = page.getByRole('dialog', { name: 'Change the role of Grace Hopper' });
    await ask.getByRole('combobox', { name: 'Role' }).selectOption('reader');
    await ask.getByRole('button', { name: 'Change the role' }).click();
    await outcome(page, 'Grace Hopper: Reader.');
    await page.getByRole('button', { name: 'Remove Grace Hopper' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await outcome(page, 'Grace Hopper is removed.');
    await page.getByText('1 person').waitFor();
    assert.deepEqual(server.settings.changes, [
      { call: `PATCH /platform/v1/people/${grace.id}`, body: { role: 'reader' } },
      { call: `DELETE /platform/v1/people/${grace.id}`, body: undefined },
    ]);
  },
);

pageTest('a refusal of the service stays in the dialog', {}, async (scene) => {
  const { page, server } = scene;
  server.settings.refusal = 'last-administrator';
  await open(scene, '/settings/people', 'People');
  await page.getByRole('button', { name: 'Remove Grace Hopper' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('alert').getByText('last-administrator').waitFor();
});

// Tokens

pageTest('a token is made with chosen scopes and an end, and its secret is shown once', {}, async (scene) => {
  const { page, server } = scene;
  server.session = { ...session(), scopes: ['read', 'directory.read', 'administer'] };
  await open(scene, '/settings/tokens', 'Tokens');
  await page.getByRole('button', { name: 'Make a token' }).click();
  const ask = page.getByRole('dialog', { name: 'Make a token' });
  assert.equal(await ask.getByRole('checkbox').count(), 3, 'only one’s own scopes can be given');
  await ask.getByRole('textbox', { name: 'Name' }).fill('scim');
  await ask.getByLabel('Lives for').fill('400');
  await ask.getByRole('button', { name: 'Make the token' }).click();
  await ask.getByRole('alert').getByText('from 1 to 366').waitFor();
  await ask.getByLabel('Lives for').fill('30');
  await ask.getByRole('checkbox', { name: /directory\.read/ }).check();
  await ask.getByRole('checkbox', { name: /^read/ }).uncheck();
  await ask.getByRole('button', { name: 'Make the token' }).click();
  const made = page.getByRole('dialog', { name: 'Token scim' });
  await made.getByText('slt_shown-once').waitFor();
  await made.getByRole('button', { name: 'I have kept it' }).click();
  await made.waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes('slt_shown-once'));
  assert.deepEqual(server.settings.changes[0]?.body, { name: 'scim', scopes: ['directory.read'], lifetimeDays: 30 });
});

pageTest('a token is revoked after a question; that of the home says why it is not', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/settings/tokens', 'Tokens');
  assert.match(await describedBy(page, 'Revoke admin-token'), /delete the file/);
  await page.getByRole('button', { name: 'Revoke monitoring' }).click();
  await page
    .getByRole('alertdialog', { name: 'Revoke monitoring?' })
    .getByRole('button', { name: 'Revoke the token' })
    .click();
  await outcome(page, 'Token monitoring is revoked.');
  await page.getByText('1 token', { exact: true }).waitFor();
});

pageTest(
  'without the scope each page of Settings says whom it takes, and asks the service for nothing',
  {},
  async (scene) => {
    const { page, server } = scene;
    server.session = { ...session(), scopes: ['read'] };
    for (const [path, title] of [
      ['notices', 'Notices'],
      ['people', 'People'],
      ['tokens', 'Tokens'],
    ] as const) {
      await open(scene, `/settings/${path}`, title);
      await page.getByText('it takes an administrator').waitFor();
    }
    assert.deepEqual(
      server.requests.filter((call) => /people|tokens|notice/.test(call)),
      [],
    );
  },
);

// A restored database

const restored = {
  at: '2026-11-22T12:00:00.000Z',
  reason: 'An older database was put back: it told 40 changes, and the signer had seen 52.',
};

pageTest('a restored database is named on Home with what to do, and rollouts go on by a person', {}, async (scene) => {
  const { page, server } = scene;
  server.home = home({ restored });
  await open(scene, '/', 'Home');
  const banner = page.getByRole('region', { name: 'The database was put back from a backup' });
  assert.match(flat(await banner.innerText()), /\(2 hours ago\)\. An older database was put back: it told 40 changes/);
  await banner.getByRole('button', { name: 'Let rollouts go on' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Let rollouts go on' }).click();
  await banner.getByText('Rollouts go on.').waitFor();
  assert.deepEqual(server.upgrades.changes, [
    { call: 'POST /hus/v1/policy/change', body: { halt: false, reason: 'looked at after a restored database' } },
  ]);
  await banner.getByRole('link', { name: 'tokens' }).click();
  await page.getByRole('heading', { name: 'Tokens', level: 1 }).waitFor();
});

pageTest('who may not let rollouts go on is told who may', {}, async (scene) => {
  scene.server.home = home({ restored });
  scene.server.session = { ...session(), scopes: ['read'] };
  await open(scene, '/', 'Home');
  assert.match(await describedBy(scene.page, 'Let rollouts go on'), /release manager/);
});

// Look

const places: readonly { readonly name: string; readonly go: (scene: Scene) => Promise<void> }[] = [
  { name: 'notices', go: (scene) => open(scene, '/settings/notices', 'Notices') },
  {
    name: 'a new e-mail channel that is wrong',
    async go(scene) {
      await open(scene, '/settings/notices', 'Notices');
      await scene.page.getByRole('button', { name: 'Add e-mail' }).click();
      await scene.page.getByRole('dialog').getByRole('button', { name: 'Add e-mail' }).click();
      await scene.page.getByRole('alert').waitFor();
    },
  },
  { name: 'people', go: (scene) => open(scene, '/settings/people', 'People') },
  { name: 'tokens', go: (scene) => open(scene, '/settings/tokens', 'Tokens') },
  {
    name: 'a new token',
    async go(scene) {
      await open(scene, '/settings/tokens', 'Tokens');
      await scene.page.getByRole('button', { name: 'Make a token' }).click();
      await scene.page.getByRole('textbox', { name: 'Name' }).fill('scim');
      await scene.page.getByRole('button', { name: 'Make the token' }).click();
      await scene.page.getByText('slt_shown-once').waitFor();
    },
  },
  {
    name: 'Home with a restored database',
    async go(scene) {
      scene.server.home = home({ restored });
      await open(scene, '/', 'Home');
      await scene.page.getByText('Live', { exact: true }).waitFor();
    },
  },
];

for (const { name, go } of places) {
  pageTest(
    `axe finds nothing on ${name} in either theme, and nothing scrolls sideways`,
    { reducedMotion: 'reduce' },
    async (scene) => {
      await go(scene);
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
