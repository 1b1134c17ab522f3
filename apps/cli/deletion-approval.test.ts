import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import { loadOrMakeKey, saveIdentity } from '@springline/agent/identity/identity';
import { directoryPart } from '@springline/control-plane/directory-part';
import { runControlPlane } from '@springline/control-plane/testing/running-control-plane';
import { createEnrolment, enrol, enrolmentRequest, send } from '@springline/control-plane/testing/signed-agent';
import { approveInCloud } from './deletion-approval.ts';

/** A control plane with an agent in the same home, as `springline up` makes it, and another agent elsewhere. */
async function upHome(t: TestContext) {
  const plane = await runControlPlane(t, { directory: directoryPart });
  await enrol(plane, { name: 'another.example', kind: 'openldap' });
  const paths = agentHome(plane.home);
  const { token, controlPlaneKey } = await createEnrolment(plane);
  const { json } = await send(enrolmentRequest(plane, loadOrMakeKey(paths), token));
  saveIdentity(paths, { ...json, url: plane.url, controlPlaneKey });
  const approved = async () =>
    (await plane.ask('GET', '/directory/v1/sources')).json.sources.map(
      ({
        connectors,
        approvedDeletions,
      }: {
        connectors: { name: string }[];
        approvedDeletions?: { objects: number };
      }) => [connectors[0]!.name, approvedDeletions?.objects],
    );
  return { plane, approved };
}

test('what a person approves at this host is approved in the cloud directory, for its own source', async (t) => {
  const { plane, approved } = await upHome(t);
  assert.equal(await approveInCloud(plane.home, 30), true);
  assert.deepEqual((await approved()).sort(), [
    ['another.example', undefined],
    ['contoso.example', 30],
  ]);
});

test('without a token, and for members only, nothing is asked of the cloud directory', async (t) => {
  const { plane, approved } = await upHome(t);
  assert.equal(await approveInCloud(plane.home, 0), false);
  assert.ok((await approved()).every(([, objects]: [string, number?]) => objects === undefined));
  rmSync(join(plane.home, 'admin-token'));
  assert.equal(await approveInCloud(plane.home, 30), false);
});
