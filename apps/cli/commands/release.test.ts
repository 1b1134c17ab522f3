import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { keyFiles } from '../release/keys.ts';
import { keysHome } from '../release/roles.ts';
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
