/** The pages of Connect Sync in a real browser; see `testing/browser-page.ts`. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { axeFindings, pageTest, type Scene, sidewaysPixels } from './testing/browser-page.ts';
import { agent, emptyHome, home, session, syncStatus, watcher } from './testing/home-fixtures.ts';
import { pendingExports } from './testing/sync-fixtures.ts';

const first = agent().id;
const second = '0192d4e0-7c1a-7000-8000-000000000021';
const third = '0192d4e0-7c1a-7000-8000-000000000022';

/** One that may be decided on, one that lets nobody look, one that is silent, and one without Connect Sync. */
const threeServers = () =>
  home({
    agents: [
      agent({ remote: { read: true, decide: true }, sync: syncStatus({ heldDeletes: 4, pendingExports: 4 }) }),
      agent({
        id: second,
        hostName: 'SYNC-02.contoso.example',
        remote: { read: false, decide: false },
        sync: syncStatus({ staging: true }),
      }),
      agent({ id: third, hostName: 'SYNC-03.contoso.example', state: 'offline' }),
      watcher(),
    ],
  });

async function open({ page, server }: Scene, path: string, title: string): Promise<void> {
  if (server.home.agents.length === 0) server.home = threeServers();
  await page.goto(`${server.origin}${path}`);
  await page.getByRole('heading', { name: title, level: 1 }).waitFor();
}

const onServer = (scene: Scene, path: string, title: string, id = first) =>
  open(scene, `/sync/servers/${id}/${path}`, title);

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ');

/** What a screen reader adds to the button of this name. */
function describedBy({ page }: Scene, name: string): Promise<string> {
  return page.getByRole('button', { name, exact: true }).evaluate((button) => {
    const id = button.getAttribute('aria-describedby') ?? '';
    return document.getElementById(id)?.textContent ?? '';
  });
}

// Servers

pageTest('the area Connect Sync opens to its servers, and a server to its pages', {}, async (scene) => {
  const { page } = scene;
  await open(scene, '/sync', 'Servers');
  const areas = page.getByRole('navigation', { name: 'Areas' });
  const row = page.getByRole('row', { name: /SYNC-01/ });
  assert.match(
    flat(await row.innerText()),
    /SYNC-01.* 1\.0\.0\.0 running Active Success 2 minutes ago 4 4 Look and decide/,
  );
  assert.match(flat(await page.getByRole('row', { name: /SYNC-02/ }).innerText()), /Staging .* Not consented/);
  assert.equal(await page.getByRole('row', { name: /DC-02/ }).count(), 0);
  await row.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Connectors', level: 1 }).waitFor();
  for (const title of [
    ...['Run history', 'Pending exports', 'Preview', 'Connector space', 'Metaverse', 'Rules'],
    ...['Delete approval', 'Staging'],
  ]) {
    await areas.getByRole('link', { name: title }).click();
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    const crumbs = await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('listitem').allInnerTexts();
    assert.deepEqual(crumbs, ['Contoso', 'Connect Sync', title]);
  }
  await page.getByRole('combobox', { name: 'Server' }).selectOption({ label: 'SYNC-02.contoso.example' });
  await page.waitForURL(`**/sync/servers/${second}/staging`);
});

pageTest('a host that lets nobody look says which lines of its consent file are missing', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'connectors', 'Connectors', second);
  await page.getByRole('note').getByText('lets nobody look at its objects from afar').waitFor();
  assert.equal(await page.locator('pre').innerText(), 'remote:\n  read: true');
  assert.match(await describedBy(scene, 'Run now'), /consent file of SYNC-02/);
  assert.deepEqual(server.sync.asked, []);
});

pageTest('a host that is offline is not asked, and a server that is not there leads back', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'rules', 'Rules', third);
  await page.getByRole('note').getByText('SYNC-03.contoso.example is offline.').waitFor();
  await onServer(scene, 'rules', 'Rules', second.replace('21', '99'));
  await page.getByRole('note').getByText('There is no such server.').waitFor();
  assert.deepEqual(server.sync.asked, []);
});

pageTest('while a host is asked the page says so; one that does not listen says the way out', {}, async (scene) => {
  const { page, server } = scene;
  const { promise, resolve } = Promise.withResolvers<void>();
  server.sync.hold = promise;
  server.sync.refusals.set('rules', { code: 'agent-not-listening', detail: 'SYNC-01 was last seen a minute ago.' });
  await onServer(scene, 'rules', 'Rules');
  await page.getByRole('status').getByText('Asking SYNC-01.contoso.example…').waitFor();
  resolve();
  const note = page.getByRole('note').filter({ hasText: 'SYNC-01.contoso.example is not listening.' });
  assert.match(await note.innerText(), /last seen a minute ago\. .*springline doctor/);
  server.sync.refusals.clear();
  await page.getByRole('button', { name: 'Refresh' }).click();
  await page.getByText('4 rules, by precedence').waitFor();
});

pageTest('what a host refuses for want of consent names the line, whatever its heartbeat said', {}, async (scene) => {
  const { server, page } = scene;
  server.sync.refusals.set('staging', { code: 'not-consented', detail: 'remote.read is not true' });
  await onServer(scene, 'staging', 'Staging');
  await page.getByText('lets nobody look at its objects from afar').waitFor();
});

// Connectors and runs

pageTest('a connector shows what it reads and holds, and leads to its objects', {}, async (scene) => {
  const { page } = scene;
  await onServer(scene, 'connectors', 'Connectors');
  const card = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'HR' }) });
  const words = flat(await card.innerText());
  assert.match(words, /CSV · \/srv\/hr\/people\.csv Completed: discovery errors/);
  assert.match(words, /objects 4,980 person 4,980 Partitions people\.csv/);
  assert.match(words, /12 imports, 0 exports Next cycle Full import: .* Full synchronisation: /);
  await card.getByRole('link', { name: 'Search its objects' }).click();
  await page.getByRole('heading', { name: 'Connector space', level: 1 }).waitFor();
  assert.equal(await page.getByRole('combobox', { name: 'Connector' }).inputValue(), 'HR');
});

pageTest('a run is started after a question that says what it does', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'connectors', 'Connectors');
  await page.getByRole('heading', { name: 'HR' }).waitFor();
  await page.getByRole('button', { name: 'Run now' }).click();
  const ask = page.getByRole('dialog', { name: 'Run on SYNC-01.contoso.example' });
  await ask.getByText('Pending exports reach the cloud directory.').waitFor();
  await ask.getByRole('combobox', { name: 'What' }).selectOption('Full Import');
  await ask.getByRole('combobox', { name: 'Connector' }).selectOption('HR');
  await ask.getByText('Reads everything of HR into its connector space.').waitFor();
  await ask.getByRole('textbox', { name: 'Reason' }).fill('new file');
  await ask.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('status').getByText('Run 412:').waitFor();
  assert.deepEqual(server.sync.decisions, [
    { method: 'run', body: { profile: 'Full Import', connector: 'HR', reason: 'new file' } },
  ]);
});

pageTest('a run opens to its steps, and a counter leads to the objects that are so now', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'runs', 'Run history');
  await page
    .getByRole('row', { name: /Run 411/ })
    .getByText('Stopped: deletion threshold exceeded')
    .waitFor();
  await page.getByRole('row', { name: /Run 412/ }).click();
  const panel = page.getByRole('dialog', { name: 'Run 412' });
  assert.match(
    flat(await panel.innerText()),
    /Scheduled .* Delta Import contoso\.example 1\.0 s Success new, staged stage-add 12 .* as known already stage-no-change 5,212/,
  );
  await page.waitForURL(/run=412/);
  await panel.getByRole('link', { name: 'new, staged' }).click();
  await page.getByRole('heading', { name: 'Connector space', level: 1 }).waitFor();
  await page.getByRole('grid', { name: 'Objects' }).waitFor();
  assert.deepEqual(server.sync.asked.at(-1)?.body, {
    ...{ connector: 'contoso.example', scope: 'pending-import', limit: 100 },
  });
});

pageTest('older runs are asked for when they are wanted', {}, async (scene) => {
  const { page, server } = scene;
  const [run] = server.sync.runs;
  server.sync.runs = Array.from({ length: 50 }, (_, at) => ({ ...run!, number: 90 - at }));
  await onServer(scene, 'runs', 'Run history');
  await page.getByText('50 runs, newest first').waitFor();
  await page.getByRole('button', { name: 'Show older runs' }).click();
  await page.getByRole('button', { name: 'Show older runs' }).waitFor({ state: 'detached' });
  assert.deepEqual(server.sync.asked.filter(({ method }) => method === 'history').at(-1)?.body, {
    ...{ limit: 50, before: 41 },
  });
});

// Pending exports and preview

pageTest('a pending export shows each attribute as it is and as it will be, and who wants it', {}, async (scene) => {
  const { page } = scene;
  await onServer(scene, 'pending', 'Pending exports');
  await page.getByRole('row', { name: /Grace Hopper/ }).click();
  const panel = page.getByRole('dialog', { name: 'Grace Hopper' });
  const attributes = panel.getByRole('list', { name: 'Attributes' });
  assert.match(
    flat(await attributes.innerText()),
    /jobTitle removed: Engineer added: Principal engineer proxyAddresses removed: smtp:ghopper\S+ added: smtp:g\.hopper\S+ 1 value as before streetAddress removed: 1 Main Street/,
  );
  await panel.getByRole('link', { name: 'Out to the cloud: User' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: /All Staff/ }).click();
  const members = page.getByRole('dialog').getByRole('region', { name: 'member' });
  assert.match(flat(await members.innerText()), /120 added, 2 removed .* 118 more references not shown/);
  await page.keyboard.press('Escape');
  await page.getByRole('row', { name: /Beatriz/ }).click();
  await page.getByRole('dialog').getByRole('link', { name: 'Delete approval' }).click();
  await page.getByRole('heading', { name: 'Delete approval', level: 1 }).waitFor();
});

pageTest('pending exports are filtered by the host, and the filters stand in the address', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'pending', 'Pending exports');
  await page.getByRole('combobox', { name: 'Operation' }).selectOption('delete');
  await page.getByText('1 object', { exact: true }).waitFor();
  await page.reload();
  await page.getByRole('row', { name: /Beatriz/ }).waitFor();
  await page.getByRole('combobox', { name: 'Connector' }).selectOption('HR');
  await page.getByText('Nothing that waits matches these filters.').waitFor();
  assert.deepEqual(server.sync.asked.at(-1)?.body, { connector: 'HR', kind: 'delete', limit: 100 });
});

pageTest('many pending exports come page by page, and all of them into the file', {}, async (scene) => {
  const { page, server } = scene;
  const [one] = pendingExports();
  server.sync.pending = Array.from({ length: 250 }, (_, at) => ({ ...one!, id: `p${at}`, name: `User ${at}` }));
  await onServer(scene, 'pending', 'Pending exports');
  await page.getByText('250 objects, the first 100 objects shown').waitFor();
  await page.getByRole('button', { name: 'Show more' }).click();
  await page.getByText('250 objects, the first 200 objects shown').waitFor();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as CSV' }).click();
  const rows = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n');
  assert.equal(rows.length, 1 + 250 * one!.attributes.length);
  await page.getByRole('status').getByText('250 objects.').waitFor();
});

pageTest('a preview of one object shows exports, links and errors; then that object is exported', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'preview', 'Preview');
  assert.match(await describedBy(scene, 'Export this object now'), /Make a preview of one object first/);
  await page.getByRole('textbox', { name: 'Object' }).fill('CN=Ada Okonkwo');
  await page.getByRole('combobox', { name: 'Evaluate' }).selectOption('full');
  await page.getByRole('button', { name: 'Make the preview' }).click();
  await page.getByRole('heading', { name: 'Exports for CN=Ada Okonkwo' }).waitFor();
  assert.deepEqual(server.sync.asked.at(-1)?.body, { mode: 'full', limit: 100, object: 'CN=Ada Okonkwo' });
  const links = page.getByRole('region', { name: 'Links' });
  assert.match(flat(await links.innerText()), /Ada Okonkwo join CN=Ada .* In from AD: User/);
  await page.getByRole('region', { name: 'Errors' }).getByText('flow-multi-values-to-single-value').waitFor();
  await page.getByRole('row', { name: /Grace Hopper/ }).click();
  await page.getByRole('dialog', { name: 'Grace Hopper' }).waitFor();
  await page.keyboard.press('Escape');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as JSON' }).click();
  assert.equal(JSON.parse(await readFile(await (await download).path(), 'utf8')).length, 4);

  // Its address shows the same to somebody else.
  await page.reload();
  await page.getByRole('heading', { name: 'Exports for CN=Ada Okonkwo' }).waitFor();
  await page.getByRole('button', { name: 'Export this object now' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Export the object' }).click();
  await page.getByRole('status').getByText('Run 413:').waitFor();
  assert.deepEqual(server.sync.decisions, [{ method: 'preview.commit', body: { object: 'CN=Ada Okonkwo' } }]);
});

pageTest(
  'other rules are tried over everything, and a refusal of the host stands beside the form',
  {},
  async (scene) => {
    const { page, server } = scene;
    server.sync.refusals.set('preview', { code: 'agent-refused', detail: 'rules-malformed: line 3, column 7' });
    await onServer(scene, 'preview', 'Preview');
    await page
      .getByLabel('Custom rules to try')
      .setInputFiles({ name: 'titles.yaml', mimeType: 'text/yaml', buffer: Buffer.from('rules: []') });
    await page.getByText('1 file in place of').waitFor();
    await page.getByRole('button', { name: 'Make the preview' }).click();
    await page.getByRole('note').getByText('Line 3, column 7.').waitFor();
    server.sync.refusals.clear();
    await page.getByRole('button', { name: 'Make the preview' }).click();
    await page.getByRole('heading', { name: 'Exports', exact: true }).waitFor();
    assert.deepEqual(server.sync.asked.at(-1)?.body['rules'], [{ name: 'titles.yaml', text: 'rules: []' }]);
    assert.match(await describedBy(scene, 'Export this object now'), /Everything is exported by a run/);
  },
);

// Connector space and metaverse

pageTest('a connector space is searched by words and by state', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'connector-space', 'Connector space');
  await page.getByRole('textbox', { name: 'Text' }).fill('grace');
  await page.keyboard.press('Enter');
  await page.getByText('1 object', { exact: true }).waitFor();
  await page.getByRole('combobox', { name: 'Look for' }).selectOption('disconnected');
  await page.getByRole('row', { name: /Guest/ }).waitFor();
  assert.deepEqual(server.sync.asked.at(-1)?.body, { connector: 'contoso.example', scope: 'disconnected', limit: 100 });
  await page.getByRole('combobox', { name: 'Look for' }).selectOption('subtree');
  await page.getByRole('textbox', { name: 'DN of the subtree' }).fill('OU=People');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.waitForURL(/look=subtree/);
  await page.getByText('4 objects').waitFor();
  assert.deepEqual(server.sync.asked.at(-1)?.body, {
    ...{ connector: 'contoso.example', dn: 'OU=People', scope: 'subtree', limit: 100 },
  });
});

pageTest('an object shows its versions side by side, what is wrong, and its XML', {}, async (scene) => {
  const { page } = scene;
  await onServer(scene, 'connector-space?object=cs-2', 'Connector space');
  const panel = page.getByRole('dialog', { name: 'Grace Hopper' });
  await panel.getByText('What was exported was not seen back.').waitFor();
  assert.deepEqual(
    (await panel.getByRole('columnheader').allInnerTexts()).map((text) => text.split('\n')[0]?.trim()),
    ['Attribute', 'Synchronized', 'Pending import'],
  );
  const words = flat(await panel.getByRole('row', { name: /^jobTitle/ }).innerText());
  assert.equal(words, 'jobTitle Engineer changed Principal engineer');
  assert.match(flat(await panel.innerText()), /manager 2 references .* to be added Lineage In from AD: User joined/);
  await panel.getByText('As cs-object XML').click();
  const download = page.waitForEvent('download');
  await panel.getByRole('button', { name: 'Save the XML' }).click();
  assert.match(await readFile(await (await download).path(), 'utf8'), /^<cs-object id="cs-1"/);
  await panel.getByRole('link', { name: 'Open its metaverse object' }).click();
  await page.getByRole('dialog', { name: 'Ada Okonkwo' }).waitFor();
  await page.waitForURL(/metaverse\?object=mv-1/);
});

pageTest('the metaverse is searched by clauses, which stand in the address', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'metaverse', 'Metaverse');
  await page.getByRole('button', { name: 'Add a clause' }).click();
  const clause = page.getByRole('group', { name: 'Clause 1' });
  await clause.getByRole('textbox', { name: 'Attribute' }).fill('mail');
  await clause.getByRole('combobox', { name: 'Operator' }).selectOption('ends with');
  await clause.getByRole('textbox', { name: 'Value' }).fill('@contoso.example');
  await page.getByRole('button', { name: 'Add a clause' }).click();
  const other = page.getByRole('group', { name: 'Clause 2' });
  await other.getByRole('textbox', { name: 'Attribute' }).fill('jobTitle');
  await other.getByRole('combobox', { name: 'Operator' }).selectOption('has no value');
  assert.equal(await other.getByRole('textbox', { name: 'Value' }).count(), 0);
  await page.getByRole('combobox', { name: 'Type' }).selectOption('person');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('2 objects').waitFor();
  const clauses = [
    { attribute: 'mail', operator: 'ENDSWITH', value: '@contoso.example' },
    { attribute: 'jobTitle', operator: 'ISNULL', value: '' },
  ];
  assert.deepEqual(server.sync.asked.at(-1)?.body, { type: 'person', clauses, limit: 100 });
  await page.reload();
  await page.getByRole('group', { name: 'Clause 2' }).getByRole('button', { name: 'Remove clause 2' }).click();
  assert.equal(await page.getByRole('group').count(), 1);
});

pageTest('why an attribute has its value is found with the keyboard alone', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'metaverse', 'Metaverse');
  await page.getByRole('row', { name: /Ada Okonkwo/ }).focus();
  await page.keyboard.press('Enter');
  const panel = page.getByRole('dialog', { name: 'Ada Okonkwo' });
  await panel.getByRole('button', { name: 'Explain jobTitle' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/attribute=jobTitle/);
  await panel.getByRole('region', { name: 'Winner' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Why jobTitle has its value');
  const words = flat(await panel.innerText());
  assert.match(words, /This value Principal engineer Contoso: job titles gives it, with precedence 100\./);
  assert.match(words, /From employeeId=1042 in HR, since 4 hours ago/);
  assert.match(words, /In from AD: User contoso\.example Engineer Its precedence 120 comes after 100/);
  assert.match(words, /Where it goes jobTitle Cloud directory Principal engineer Out to the cloud: User/);
  assert.deepEqual(server.sync.asked.at(-1)?.body, { object: 'mv-1', attribute: 'jobTitle' });
  await panel.getByRole('button', { name: 'All attributes' }).press('Enter');
  await panel.getByRole('button', { name: 'Explain mail' }).or(panel.getByText('and 319 more')).waitFor();
  await panel.getByRole('link', { name: 'Open Ada Okonkwo in HR' }).waitFor();
});

// Rules

pageTest('rules are filtered by direction, type, attribute and origin', {}, async (scene) => {
  const { page } = scene;
  await onServer(scene, 'rules', 'Rules');
  const rules = page.getByRole('grid', { name: 'Rules' }).getByRole('rowheader');
  await page.getByText('4 rules, by precedence').waitFor();
  await page.getByRole('combobox', { name: 'Direction' }).selectOption('inbound');
  await page.getByText('3 of 4 rules').waitFor();
  await page.getByRole('searchbox', { name: 'Attribute' }).fill('jobtitle');
  await page.getByText('1 of 4 rules').waitFor();
  assert.match(flat(await rules.first().innerText()), /^Contoso: job titles inbound/);
  await page.reload();
  await page.getByText('1 of 4 rules').waitFor();
  await page.getByRole('combobox', { name: 'Origin' }).selectOption('standard');
  await page.getByText('No rule matches these filters.').waitFor();
});

pageTest('a rule shows scope, joins and flows, and is tried on an object', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'rules?rule=in-from-ad-user', 'Rules');
  const panel = page.getByRole('dialog', { name: 'In from AD: User' });
  await panel.getByRole('list', { name: 'Flows' }).waitFor();
  const words = flat(await panel.innerText());
  assert.match(words, /isCriticalSystemObject is not “TRUE” adminDescription does not start with “User_” or mail has/);
  assert.match(words, /objectGUID = sourceAnchorBinary, upper and lower case told apart/);
  assert.match(words, /mail Trim\(\[mail\]\) expression domain “contoso\.example” constant, once/);
  assert.match(await describedBy(scene, 'Test the rule'), /Name an object/);
  await panel.getByRole('textbox', { name: 'Object' }).fill('ada');
  await page.keyboard.press('Enter');
  const result = panel.getByRole('region', { name: 'Result of the test' });
  assert.match(
    flat(await result.innerText()),
    /In scope .*“User_”: does not hold or mail has a value: holds Link: joins Ada .* accountName aokonkwo .* Does not parse at column 10/,
  );
  assert.deepEqual(server.sync.asked.at(-1)?.body, { object: 'ada', rule: 'in-from-ad-user' });
});

pageTest('an expression is tried on an object', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'rules', 'Rules');
  await page.getByRole('button', { name: 'Try an expression' }).click();
  const panel = page.getByRole('dialog', { name: 'Try an expression' });
  await panel.getByRole('textbox', { name: 'Object' }).fill('ada');
  await panel.getByRole('textbox', { name: 'Expression' }).fill('LCase([mail])');
  await panel.getByRole('button', { name: 'Evaluate' }).click();
  await panel.getByText('ada.okonkwo@contoso.example').waitFor();
  assert.deepEqual(server.sync.asked.at(-1)?.body, { object: 'ada', expression: 'LCase([mail])' });
});

// Decisions

pageTest('held deletes are approved after a question that names what happens, with a reason', {}, async (scene) => {
  const { page, server } = scene;
  await onServer(scene, 'deletes', 'Delete approval');
  await page.getByRole('row', { name: /Beatriz/ }).waitFor();
  await page.getByRole('button', { name: 'Approve' }).click();
  const ask = page.getByRole('alertdialog', { name: 'Carry these deletes out?' });
  await ask.getByText('it deletes 3 objects (2 users, 1 group) and removes 54 members of 1 group.').waitFor();
  await ask.getByRole('button', { name: 'Carry the deletes out' }).click();
  await ask.getByRole('alert').getByText('Give a reason').waitFor();
  assert.deepEqual(server.sync.decisions, []);
  await ask.getByRole('textbox', { name: 'Reason' }).fill('people who left');
  await page.keyboard.press('Enter');
  await page.getByRole('status').getByText('Approved.').waitFor();
  await page.getByText('Nothing is held. The guard').waitFor();
  assert.deepEqual(server.sync.decisions, [
    { method: 'deletes.approve', body: { list: '0123456789ab', reason: 'people who left' } },
  ]);
});

pageTest('a list that has changed is not decided on, and is looked at again', {}, async (scene) => {
  const { page, server } = scene;
  server.sync.refusals.set('deletes.reject', { code: 'list-changed', detail: 'What is held has changed.' });
  await onServer(scene, 'deletes', 'Delete approval');
  await page.getByRole('row', { name: /Beatriz/ }).waitFor();
  await page.getByRole('button', { name: 'Reject' }).click();
  const ask = page.getByRole('dialog', { name: 'Keep these objects?' });
  await ask.getByText('Nothing is deleted').waitFor();
  await ask.getByRole('textbox', { name: 'Reason' }).fill('the filter was wrong');
  server.sync.held = server.sync.held.slice(0, 1);
  await ask.getByRole('button', { name: 'Reject the deletes' }).click();
  await ask.getByRole('alert').getByText('What is held has changed.').waitFor();
  await ask.getByRole('button', { name: 'Cancel' }).click();
  await page.getByText('1 object (1 user)').waitFor();
});

pageTest('a server that is not ready is not promoted, and by force only on the host itself', {}, async (scene) => {
  const { page } = scene;
  await onServer(scene, 'staging', 'Staging');
  await page.getByText('This server stages.').waitFor();
  assert.match(await describedBy(scene, 'Promote'), /not ready: The last import is older than two cycles/);
  assert.match(await describedBy(scene, 'Demote'), /stages already/);
  await page.getByText('done on the host itself, never from here').waitFor();
  const reasons = page.getByRole('list', { name: 'What stands against it' });
  await reasons.getByText('SYNC-01.contoso.example holds the export lease.').waitFor();
});

pageTest('a server that is ready is promoted after a question, and the other way round', {}, async (scene) => {
  const { page, server } = scene;
  server.sync.staging = { staging: true, lease: null, readiness: { ready: true, reasons: [] } };
  await onServer(scene, 'staging', 'Staging');
  await page.getByText('Could take over').waitFor();
  await page.getByRole('button', { name: 'Promote' }).click();
  await page.getByRole('dialog').getByText('exports from its next cycle on').waitFor();
  await page.getByRole('textbox', { name: 'Reason' }).fill('swing');
  await page.getByRole('button', { name: 'Promote the server' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('note').getByText('This server is active').first().waitFor();
  await page.getByRole('button', { name: 'Demote' }).click();
  const ask = page.getByRole('alertdialog', { name: 'Let SYNC-01.contoso.example only stage?' });
  await ask.getByRole('textbox', { name: 'Reason' }).fill('back');
  await ask.getByRole('button', { name: 'Demote the server' }).click();
  await ask.waitFor({ state: 'detached' });
  assert.deepEqual(server.sync.decisions, [
    { method: 'staging.promote', body: { reason: 'swing' } },
    { method: 'staging.demote', body: { reason: 'back' } },
  ]);
});

pageTest('who may only read looks at everything and decides nothing, and is told why', {}, async (scene) => {
  const { page, server } = scene;
  server.session = { ...session(), scopes: ['read'] };
  await onServer(scene, 'deletes', 'Delete approval');
  await page.getByRole('row', { name: /Beatriz/ }).waitFor();
  for (const name of ['Approve', 'Reject']) assert.match(await describedBy(scene, name), /takes an administrator/);
  await onServer(scene, 'preview', 'Preview');
  assert.match(await describedBy(scene, 'Make the preview'), /takes an administrator/);
  await onServer(scene, 'runs', 'Run history');
  assert.match(await describedBy(scene, 'Run now'), /takes an administrator/);
  assert.deepEqual(server.sync.decisions, []);
});

pageTest('where the host lets people look and not decide, deciding says which line is missing', {}, async (scene) => {
  scene.server.home = home({ agents: [agent({ remote: { read: true, decide: false } })] });
  await onServer(scene, 'deletes', 'Delete approval');
  await scene.page.getByRole('row', { name: /Beatriz/ }).waitFor();
  assert.match(await describedBy(scene, 'Approve'), /its line remote\.decide is not true/);
});

// Look

interface Place {
  readonly name: string;
  readonly go: (scene: Scene) => Promise<void>;
}

const places: readonly Place[] = [
  { name: 'the servers', go: (scene) => open(scene, '/sync/servers', 'Servers') },
  {
    name: 'no servers',
    async go(scene) {
      scene.server.home = home({ agents: [watcher()] });
      await open(scene, '/sync/servers', 'Servers');
    },
  },
  {
    name: 'a server that lets nobody look',
    go: (scene) => onServer(scene, 'rules', 'Rules', second),
  },
  {
    name: 'the connectors',
    async go(scene) {
      await onServer(scene, 'connectors', 'Connectors');
      await scene.page.getByRole('heading', { name: 'HR' }).waitFor();
    },
  },
  {
    name: 'a run',
    async go(scene) {
      await onServer(scene, 'runs?run=412', 'Run history');
      await scene.page.getByRole('dialog').getByText('stage-add').waitFor();
    },
  },
  {
    name: 'a pending export',
    async go(scene) {
      await onServer(scene, 'pending?object=x2', 'Pending exports');
      await scene.page.getByRole('dialog').getByText('jobTitle').waitFor();
    },
  },
  {
    name: 'a preview',
    async go(scene) {
      await onServer(scene, 'preview?plan=plan-1', 'Preview');
      await scene.page.getByRole('region', { name: 'Errors' }).waitFor();
    },
  },
  {
    name: 'a connector space',
    async go(scene) {
      await onServer(scene, 'connector-space', 'Connector space');
      await scene.page.getByRole('row', { name: /Guest/ }).waitFor();
    },
  },
  {
    name: 'a connector space object',
    async go(scene) {
      await onServer(scene, 'connector-space?object=cs-2', 'Connector space');
      await scene.page.getByRole('dialog').getByText('As cs-object XML').click();
    },
  },
  {
    name: 'a search by clauses',
    async go(scene) {
      await onServer(scene, 'metaverse', 'Metaverse');
      await scene.page.getByRole('button', { name: 'Add a clause' }).click();
      await scene.page.getByRole('row', { name: /All Staff/ }).waitFor();
    },
  },
  {
    name: 'a metaverse object',
    async go(scene) {
      await onServer(scene, 'metaverse?object=mv-1', 'Metaverse');
      await scene.page.getByText('and 319 more').waitFor();
    },
  },
  {
    name: 'why an attribute has its value',
    async go(scene) {
      await onServer(scene, 'metaverse?object=mv-1&attribute=jobTitle', 'Metaverse');
      await scene.page.getByRole('region', { name: 'Winner' }).waitFor();
    },
  },
  {
    name: 'the rules',
    async go(scene) {
      await onServer(scene, 'rules', 'Rules');
      await scene.page.getByText('4 rules, by precedence').waitFor();
    },
  },
  {
    name: 'a rule that was tried',
    async go(scene) {
      await onServer(scene, 'rules?rule=in-from-ad-user', 'Rules');
      await scene.page.getByRole('textbox', { name: 'Object' }).fill('ada');
      await scene.page.keyboard.press('Enter');
      await scene.page.getByText('aokonkwo', { exact: true }).waitFor();
    },
  },
  {
    name: 'a question before deletes',
    async go(scene) {
      await onServer(scene, 'deletes', 'Delete approval');
      await scene.page.getByRole('row', { name: /Beatriz/ }).waitFor();
      await scene.page.getByRole('button', { name: 'Approve' }).click();
      await scene.page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'staging',
    async go(scene) {
      await onServer(scene, 'staging', 'Staging');
      await scene.page.getByText('Not ready', { exact: true }).waitFor();
    },
  },
];

pageTest(
  'axe finds nothing on any page in either theme, and nothing scrolls sideways',
  { reducedMotion: 'reduce' },
  async (scene) => {
    const { page } = scene;
    for (const { name, go } of places) {
      scene.server.home = emptyHome();
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.emulateMedia({ colorScheme: 'light' });
      await go(scene);
      assert.deepEqual(await axeFindings(page), [], name);
      await page.emulateMedia({ colorScheme: 'dark' });
      // Of all its rules this one depends on the theme.
      assert.deepEqual(await axeFindings(page, ['color-contrast']), [], `${name}, dark`);
      for (const width of [320, 480, 768, 1024, 1920]) {
        await page.setViewportSize({ width, height: 800 });
        assert.deepEqual(await sidewaysPixels(page), [], `${name} at ${width} pixels`);
      }
    }
  },
);
