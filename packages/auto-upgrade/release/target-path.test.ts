import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReleaseError } from './error.ts';
import { components, componentTargetPath, parseTargetPath, platforms, runtimeTargetPath } from './target-path.ts';

test('every component and platform has a path that tells it again', () => {
  for (const component of components) {
    for (const platform of platforms) {
      const target = { component, version: '2.5.0.1', platform };
      assert.deepEqual(parseTargetPath(componentTargetPath(target)), { kind: 'component', ...target });
      assert.deepEqual(parseTargetPath(runtimeTargetPath({ version: '24.21.0', platform })), {
        ...{ kind: 'runtime', version: '24.21.0', platform },
      });
    }
  }
  const path = componentTargetPath({ component: 'cloud-sync', version: '2.5', platform: 'linux-x64' });
  assert.equal(path, 'cloud-sync/2.5/cloud-sync-2.5-linux-x64.tar');
  const runtime = runtimeTargetPath({ version: '24.21.0', platform: 'win-x64' });
  assert.equal(runtime, 'runtime/node-24.21.0/node-24.21.0-win-x64.tar');
});

for (const path of [
  'cloud-sync/2.5/cloud-sync-2.6-linux-x64.tar',
  'cloud-sync/2.5/health-sync-2.5-linux-x64.tar',
  'cloud-sync/2.5/cloud-sync-2.5-linux-x64.tar\n',
  'cloud-sync/2.5/../cloud-sync-2.5-linux-x64.tar',
  '/cloud-sync/2.5/cloud-sync-2.5-linux-x64.tar',
  'cloud-sync/2.5/cloud-sync-2.5-plan9-x64.tar',
  'cloud-sync/./cloud-sync-.-linux-x64.tar',
  'cloud-sync/2/cloud-sync-2-linux-x64.tar',
  'runtime/node-24.21.0/node-24.20.0-linux-x64.tar',
  '__proto__/2.5/__proto__-2.5-linux-x64.tar',
  '',
]) {
  test(`no release lies at ${JSON.stringify(path)}`, () => assert.equal(parseTargetPath(path), undefined));
}

test('a path is made for known components, platforms and versions only', () => {
  const target = { component: 'cloud-sync', version: '2.5', platform: 'linux-x64' };
  for (const wrong of [
    { component: 'toString' },
    { component: 'runtime' },
    { version: '2.5-rc' },
    { platform: 'linux' },
  ]) {
    const refused = (error: unknown) => error instanceof ReleaseError && error.code === 'malformed-target-path';
    assert.throws(() => componentTargetPath({ ...target, ...wrong }), refused);
  }
  assert.throws(() => runtimeTargetPath({ version: '', platform: 'linux-x64' }), ReleaseError);
});
