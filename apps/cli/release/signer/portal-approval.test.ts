/**
 * A rollout from the portal to the signed policy: a real browser, a real control plane, a real signer. Two people make their
 * passkeys in the portal, are let in on the signer's machine, and approve; nothing is signed before the second.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parsePolicy } from '@springline/auto-upgrade/rollout/policy';
import { RolloutController } from '@springline/control-plane/hus/controller';
import { tellNews } from '@springline/control-plane/hus/news';
import { PublishedReleases } from '@springline/control-plane/hus/published-releases';
import { signerClient } from '@springline/control-plane/hus/signer-client';
import { withAuthenticator } from '@springline/portal/testing/authenticator';
import { browserTest } from '@springline/portal/testing/browser-page';
import { type PlaneWithSigner, planeWithSigner } from '../../testing/plane-with-signer.ts';
import { type Approver, readApprovers, writeApprovers } from './approvers.ts';

type Page = Awaited<ReturnType<Parameters<Parameters<typeof browserTest>[1]>[0]['openPage']>>;

browserTest(
  'two people approve a rollout in the portal, and only then it is signed',
  async ({ t, portal, openPage }) => {
    const scene = await planeWithSigner(t, false, { portal });
    const { plane, policies } = scene;
    const [ada, grace] = [await openPage(), await openPage()];
    const added = await plane.ask('POST', '/platform/v1/people', { body: { name: 'Grace', role: 'rollout-approver' } });
    await signIn(ada, (await plane.ask('POST', '/platform/v1/sign-in-links')).json.url);
    await signIn(grace, (await plane.ask('POST', `/platform/v1/people/${added.json.id}/sign-in-links`)).json.url);
    await becomeApprover(scene, ada, 'Ada');
    await becomeApprover(scene, grace, 'Grace');

    await ada.goto(`${plane.url}/upgrades/rollouts/new`);
    await ada.getByRole('combobox', { name: 'Version' }).selectOption('1.2.4.0');
    for (let step = 0; step < 3; step++) await ada.getByRole('button', { name: 'Next' }).click();
    await ada.getByRole('button', { name: 'Hand in the plan' }).click();
    await ada.getByRole('dialog', { name: 'Connect Sync 1.2.4.0' }).waitFor();
    await ada.keyboard.press('Escape');
    assert.deepEqual(policies, []);

    await approve(ada, plane.url);
    await ada.getByText('Approved by Ada; 1 approval to go.').waitFor();
    assert.deepEqual(policies, [], 'one person is not enough');

    await grace.goto(`${plane.url}/upgrades/rollouts`);
    await grace.getByText('Approved by Ada; 1 approval to go.').waitFor();
    await approve(grace, plane.url);
    const controller = new RolloutController({
      database: await plane.openDatabase(),
      signer: signerClient(plane.home),
      published: new PublishedReleases(join(plane.home, 'control-plane', 'repository')),
      tell: tellNews,
    });
    await controller.round(plane.clock.now());
    const policy = parsePolicy(new TextEncoder().encode(policies.at(-1) ?? ''));
    assert.deepEqual(
      policy.rollouts.map(({ component, version, state }) => [component, version, state]),
      [['connect-sync', '1.2.4.0', 'running']],
    );
    assert.notEqual(policy.rollouts[0]?.rings[0]?.openedAt, undefined, 'the first ring is open');

    for (const page of [ada, grace]) {
      await page.goto(`${plane.url}/upgrades/rollouts`);
      await page
        .getByRole('row', { name: /Connect Sync 1\.2\.4\.0/ })
        .getByText('Running')
        .waitFor();
      assert.equal(await page.getByRole('button', { name: 'Approve with passkey' }).count(), 0);
    }
    const { entries } = (await plane.ask('GET', '/platform/v1/audit?limit=500')).json;
    const approvals = entries.filter(({ action }: { action: string }) => action === 'approval.given');
    assert.equal(approvals.length, 2);
  },
);

async function signIn(page: Page, url: string): Promise<void> {
  await withAuthenticator(page);
  await page.goto(url);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Home', level: 1 }).waitFor();
}

/** The passkey is made in the browser; who may approve is said on the signer's machine. */
async function becomeApprover({ plane }: PlaneWithSigner, page: Page, name: string): Promise<void> {
  await page.goto(`${plane.url}/upgrades/rollouts`);
  await page.getByRole('button', { name: 'Make a passkey for approving' }).click();
  const make = page.getByRole('dialog', { name: 'Make a passkey for approving' });
  await make.getByRole('textbox', { name: 'Name of the approver' }).fill(name);
  await make.getByRole('button', { name: 'Make a passkey' }).click();
  const made = page.getByRole('dialog', { name: 'The passkey is made' });
  const approver = JSON.parse(await made.locator('pre').first().innerText()) as Approver;
  await made.getByRole('button', { name: 'Done' }).click();
  await made.waitFor({ state: 'detached' });
  const file = join(plane.home, 'keys', 'approvers.json');
  const known = readApprovers(file);
  writeApprovers(file, { ...known, approvers: [...known.approvers, approver] });
}

async function approve(page: Page, url: string): Promise<void> {
  if (new URL(page.url()).pathname !== '/upgrades/rollouts') await page.goto(`${url}/upgrades/rollouts`);
  await page.getByRole('button', { name: 'Approve with passkey' }).click();
  await page
    .getByRole('dialog', { name: 'Approve this?' })
    .getByRole('button', { name: 'Approve with passkey' })
    .click();
  await page.getByRole('status').getByText('Approved.').waitFor();
}
