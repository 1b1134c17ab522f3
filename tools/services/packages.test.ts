import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ServiceUnavailable } from './facts.ts';
import { ensurePackages, type InstallPlace } from './packages.ts';

/** A machine with commands of our own in place of apt-get; `aptGet` runs at `apt-get install`. */
function plantMachine(t: TestContext, aptGet: string): InstallPlace & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'springline-packages-'));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'bin'));
  const command = (name: string, body: string) => {
    writeFileSync(join(folder, 'bin', name), `#!/bin/sh\ncd ${folder}\n${body}\n`);
    chmodSync(join(folder, 'bin', name), 0o755);
  };
  command('debconf-set-selections', 'cat > /dev/null');
  command('apt-get', `[ "$1" = install ] || exit 0\n${aptGet}`);
  const commandPath = `${join(folder, 'bin')}:/usr/bin:/bin`;
  return { folder, policyFile: join(folder, 'policy-rc.d'), lockFolder: folder, commandPath, isRoot: true };
}

const policyExitCode = 'set +e; ./policy-rc.d slapd start; echo "policy $?" > seen; : > slapd';

test('while packages are installed a policy forbids them to start anything, and then it is gone', async (t) => {
  const machine = plantMachine(t, policyExitCode);
  await ensurePackages([{ name: 'slapd', file: join(machine.folder, 'slapd') }], machine);
  assert.equal(readFileSync(join(machine.folder, 'seen'), 'utf8'), 'policy 101\n');
  assert.ok(!existsSync(machine.policyFile));
});

test('a failed installation makes the service unavailable, with the reason, and leaves no policy', async (t) => {
  const machine = plantMachine(t, 'echo "E: Unable to fetch"; exit 100');
  const attempt = ensurePackages([{ name: 'slapd', file: join(machine.folder, 'slapd') }], machine);
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof ServiceUnavailable);
    assert.match(error.message, /could not be installed: slapd/);
    assert.match(String(error.cause), /E: Unable to fetch/);
    return true;
  });
  assert.ok(!existsSync(machine.policyFile));
});

test('a policy of somebody else stays as it was', async (t) => {
  const machine = plantMachine(t, ': > slapd');
  writeFileSync(machine.policyFile, '#!/bin/sh\nexit 0\n');
  await ensurePackages([{ name: 'slapd', file: join(machine.folder, 'slapd') }], machine);
  assert.equal(readFileSync(machine.policyFile, 'utf8'), '#!/bin/sh\nexit 0\n');
});

test('a policy that a killed run of ours left behind is removed', async (t) => {
  const killed = plantMachine(t, 'cp policy-rc.d left; : > slapd');
  await ensurePackages([{ name: 'slapd', file: join(killed.folder, 'slapd') }], killed);
  const machine = plantMachine(t, ': > slapd');
  writeFileSync(machine.policyFile, readFileSync(join(killed.folder, 'left')));
  await ensurePackages([{ name: 'slapd', file: join(machine.folder, 'slapd') }], machine);
  assert.ok(!existsSync(machine.policyFile));
});

test('only root can install, and nothing is run when every package is there', async (t) => {
  const machine = plantMachine(t, 'exit 1');
  const missing = ensurePackages([{ name: 'slapd', file: join(machine.folder, 'slapd') }], {
    ...machine,
    isRoot: false,
  });
  await assert.rejects(missing, /missing Debian packages: slapd; only root can install them/);
  await ensurePackages([{ name: 'tmp', file: join(machine.folder, 'b*') }], machine);
});
