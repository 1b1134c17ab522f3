import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parseReleaseFacts } from '@springline/auto-upgrade/release/release-facts';
import { imageTargets } from '../release/delegations.ts';
import { keyFiles } from '../release/keys.ts';
import { keysHome } from '../release/roles.ts';
import { readRepositories } from '../release/sign.ts';
import { releaseHome } from '../release/testing/release-home.ts';
import { type Finished, runCli } from '../testing/running-up.ts';

const { home, bundles } = releaseHome({ after: (cleanUp) => after(cleanUp) });
const springline = (...words: readonly string[]): Promise<Finished> => runCli([...words, '--home', home]);

/** Nothing that a command says holds a passphrase or sealed key material. */
function checkSecrets({ output, errors }: Finished): void {
  const [passphrase, ...keys] = keyFiles(keysHome(home));
  const secrets = [
    readFileSync(passphrase!, 'utf8').trim(),
    ...keys.map((path) => JSON.parse(readFileSync(path, 'utf8')).seal.ciphertext),
  ];
  for (const secret of secrets) assert.equal(`${output}${errors}`.includes(secret), false);
}

let made: Finished;
before(async () => {
  const dry = await springline('keys', 'init', '--dry-run');
  assert.equal(dry.code, 0, dry.errors);
  assert.match(dry.output, /would make .*image-root\.key\.json/);
  assert.equal(existsSync(home), false, 'a dry run writes nothing');
  made = await springline('keys', 'init', '--json');
});

test('keys init says which roots to pin and that they are for one machine', async () => {
  const { result, repositories } = JSON.parse(made.output);
  assert.equal(result, 'made');
  assert.equal(repositories.length, 2);
  const shown = await springline('keys', 'show');
  for (const { rootSha256, roles } of repositories) {
    assert.ok(shown.output.includes(rootSha256));
    for (const { keyIds } of roles) assert.ok(shown.output.includes(keyIds[0]));
  }
  assert.match(shown.output, /agents refuse them unless the control plane is on this machine/);
  checkSecrets(made);
  checkSecrets(shown);
});

test('keys are never overwritten, and other profiles are refused with the reason', async () => {
  const before = readFileSync(keysHome(home).key('image', 'root'));
  const again = await springline('keys', 'init');
  assert.equal(again.code, 1);
  assert.match(again.errors, /^springline: .* has keys already, and they are never overwritten/);
  for (const profile of ['self-hosted', 'builder', 'enterprise']) {
    const refused = await springline('keys', 'init', '--profile', profile);
    assert.equal(refused.code, 1);
    assert.match(refused.errors, new RegExp(`^springline: the key profile ${profile} is not available yet`));
  }
  assert.deepEqual(readFileSync(keysHome(home).key('image', 'root')), before);
});

test('release publish shows its plan, publishes it, and release list names what is current', {
  timeout: 60_000,
}, async () => {
  assert.match((await springline('release', 'list')).output, /nothing is published yet/);
  const words = ['release', 'publish', '--from', bundles, '--component', 'connect-sync'];
  const planned = await springline(...words, '--dry-run', '--json');
  assert.equal(planned.code, 0, planned.errors);
  assert.deepEqual(JSON.parse((await springline('release', 'list', '--json')).output), []);
  const published = await springline(...words, '--notes', 'Faster.', '--json');
  assert.equal(published.code, 0, published.errors);
  const [plan] = JSON.parse(planned.output);
  const [release] = JSON.parse(published.output);
  assert.deepEqual({ ...plan, ...release }, release);
  const [listed] = JSON.parse((await springline('release', 'list', '--json')).output);
  assert.deepEqual([listed.version, listed.isCurrent, listed.notes], [plan.version, true, 'Faster.']);
  checkSecrets(published);
});

test('what is said about a release is shown before it is signed, and signed as it was shown', {
  timeout: 60_000,
}, async () => {
  const day = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
  const words = [
    ...['release', 'publish', '--from', bundles, '--component', 'connect-sync', '--version', '7.1.0'],
    ...['--channel', 'auto-upgrade', '--max-ramp', '1%', '--floor-below', '7.0', '--floor-from', day],
    ...['--carried-by', 'agent-updater@0.1.0', '--need', 'os=Linux 5.10 or later', '--release-number', '40'],
  ];
  const shown = await springline(...words, '--dry-run');
  assert.equal(shown.code, 0, shown.errors);
  const plan = shown.output.slice(shown.output.indexOf('would publish ') + 'would publish '.length);
  assert.deepEqual(
    plan
      .trimEnd()
      .split('\n')
      .filter((line) => !/^ {2}(files|runtime|after)/.test(line)),
    [
      'connect-sync 7.1.0.0 (release 40, linux-x64)',
      '  channel  auto-upgrade only',
      '  ramp     1% an hour at most',
      `  floor    hosts below 7.0 must leave it from ${day} 00:00 UTC on`,
      '  carried  by agent-updater 0.1.0',
      '  needs    os: Linux 5.10 or later',
      '  dated    when it is published',
    ],
  );
  const published = await springline(...words, '--json');
  assert.equal(published.code, 0, published.errors);
  const image = imageTargets(readRepositories(home).image);
  const [{ path, facts }] = JSON.parse(published.output);
  assert.deepEqual(facts, {
    channel: { download: false, autoUpgrade: true },
    maxRampPpmPerHour: 10_000,
    floor: { below: '7.0', from: `${day}T00:00:00.000Z` },
    carriedBy: { component: 'agent-updater', version: '0.1.0' },
    needs: { os: 'Linux 5.10 or later' },
  });
  const signed = parseReleaseFacts(path, image.get(path)?.custom);
  assert.deepEqual({ ...signed, ...facts }, signed);
});

for (const row of [
  { words: ['--floor-below', '7.0'], says: /--floor-below and --floor-from go together/, code: 2 },
  { words: ['--floor-below', '7.0', '--floor-from', '2026-02-30'], says: /--floor-from is an instant/, code: 2 },
  { words: ['--floor-below', '6.0', '--floor-from', '2020-01-01'], says: /which is over/, code: 1 },
  {
    words: ['--floor-below', '9.0', '--floor-from', '2126-01-01'],
    says: /above connect-sync 7\.1\.0\.1 itself/,
    code: 1,
  },
  { words: ['--max-ramp', '0%'], says: /0\.0001% to 100% an hour/, code: 1 },
  { words: ['--max-ramp', 'fast'], says: /--max-ramp is a share/, code: 2 },
  { words: ['--carried-by', 'health-sink@1.0'], says: /there is no component health-sink/, code: 1 },
  { words: ['--carried-by', 'connect-sync'], says: /--carried-by is a component with its version/, code: 2 },
  { words: ['--need', 'os'], says: /--need is a name with a text/, code: 2 },
  { words: ['--version', '7.1'], says: /7\.1\.0\.0 is published already/, code: 1 },
  { words: ['--version', 'seven'], says: /the version is two to four numbers/, code: 1 },
  { words: ['--release-number', '40'], says: /given out up to 40/, code: 1 },
  { words: ['--channel', 'nobody'], says: /Allowed choices are both, download, auto-upgrade/, code: 2 },
]) {
  test(`release publish ${row.words.join(' ')} is refused, and nothing is published`, async () => {
    const words = ['release', 'publish', '--from', bundles, '--component', 'connect-sync', ...row.words];
    const refused = await springline(...words, '--dry-run');
    assert.deepEqual([refused.code, row.says.test(refused.errors)], [row.code, true], refused.errors);
  });
}

test('a version is that of one component', async () => {
  const refused = await springline('release', 'publish', '--from', bundles, '--version', '8.0', '--dry-run');
  assert.equal(refused.code, 1);
  assert.match(
    refused.errors,
    /a version is said of one component, and agent-updater, connect-sync would be published/,
  );
});

test('a folder that holds nothing to publish is refused with what to give instead', async () => {
  const refused = await springline('release', 'publish', '--from', home);
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /is neither this clone .* nor a folder with built bundles/);
});

test('a home without keys is told how to make them', async () => {
  const refused = await runCli(['release', 'publish', '--from', bundles, '--home', `${home}-other`]);
  assert.equal(refused.code, 1);
  assert.match(refused.errors, /has no keys\. Make them with: springline keys init/);
});
