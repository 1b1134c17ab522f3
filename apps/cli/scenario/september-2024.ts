/** The story of September 2024, step by step: what Microsoft's notice asked, and how each of its servers came over. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError } from '../output.ts';
import { signBridges } from '../pks/sign.ts';
import type { ReplayHost } from './host.ts';
import { askPks, imageRootOf } from './legacy-host.ts';
import { noticeOf } from './standing.ts';
import type { Stage, Step, Story } from './story.ts';
import { ofHome, ofHost, shown } from './told.ts';

const component = 'connect-sync';
const wholeRing = { startPpm: 1_000_000, rampPpmPerHour: 0, soakMinutes: 24 * 60, minCommitted: 1, minCommittedPpm: 0 };
/** A canary, the early ones, everybody else. */
const rings = ['canary', 'early', 'broad'].map((name) => ({ name, ...wholeRing }));
const installed = '2.3.6.0';
const newest = '2.3.20.0';
const oldHosts = ['fabrikam-sync1', 'northwind-sync1', 'graphicdesign-sync1'];
const newHosts = ['contoso-sync1', 'fourthcoffee-sync1', 'southridge-sync1'];
const optedOut = ['fabrikam-sync1', 'fourthcoffee-sync1', 'graphicdesign-sync1'];
/** A host that never was anything but a client of PKS. */
const legacy = { hostName: 'adatum-sync1', version: '2.1.20.0', productKey: 'AB1CD-EFGHI-JKLMN-OPQRS-TUVWX' };

export function septemberStory(isAsPublished: boolean): Story {
  return {
    hosts: [
      { tenant: 'contoso', hostName: 'contoso-sync1', isWatchful: true },
      ...['fabrikam', 'fourthcoffee', 'northwind', 'southridge'].map((tenant) => ({
        tenant,
        hostName: `${tenant}-sync1`,
      })),
      { tenant: 'graphicdesign', hostName: 'graphicdesign-sync1', people: 800 },
      { tenant: 'adatum', hostName: 'adatum-sync1' },
    ],
    steps: [...before(isAsPublished), ...campaign, ...rescue, ...ending(isAsPublished)],
  };
}

const before = (isAsPublished: boolean): readonly Step[] => [
  {
    id: 'older-builds',
    at: '2023-10-09T08:00:00Z',
    title: 'The releases up to 2.2.1.0, and thirteen tenants',
    async run(stage) {
      await published(stage, ['1.6.16.0', '2.1.20.0', '2.2.1.0']);
      const tenants = [...new Set(stage.replay.scenario.servers.map(({ tenant }) => tenant))];
      for (const tenant of tenants) await stage.replay.addTenant(tenant);
      stage.did(ofHome(stage, 'tenant add contoso --token-file contoso.token'), `${tenants.length} tenants`);
      await setUp(stage, oldHosts);
    },
  },
  {
    id: 'build-2.2.8.0',
    at: '2023-10-16T08:00:00Z',
    title: 'Release 2.2.8.0, and the servers that begin with it',
    async run(stage) {
      await published(stage, ['2.2.8.0']);
      await setUp(stage, newHosts);
      for (const name of optedOut) await stage.host(name).setState('Disabled');
      stage.did(
        ofHost(stage.host('fabrikam-sync1'), 'agent auto-upgrade set Disabled'),
        `so do ${optedOut.slice(1).join(' and ')}: they opt out`,
      );
      await stage.host('contoso-sync1').setRing('canary');
      await stage.host('northwind-sync1').setRing('early');
      stage.did(
        ofHost(stage.host('contoso-sync1'), 'agent auto-upgrade schedule --ring canary'),
        'and northwind-sync1 is in the ring early',
      );
      await askedPks(stage);
    },
  },
  {
    id: 'notice',
    at: '2023-11-06T00:00:00Z',
    title: 'The notice: Product Key Services end, upgrade by 16 September 2024',
    isCounted: true,
    async run(stage) {
      const { replay } = stage;
      const notice = JSON.parse(readFileSync(join(replay.scenario.folder, 'notice.json'), 'utf8')) as {
        revisions: unknown[];
      };
      const { length } = noticeOf(replay.scenario, isAsPublished).revisions;
      const told = { ...notice, revisions: notice.revisions.slice(0, length) };
      const file = replay.note('notice.json', `${JSON.stringify(told, null, 2)}\n`);
      const { campaigns } = await replay.ask('listCampaigns');
      if (campaigns.length === 0) await replay.ask('putCampaign', told);
      stage.did(ofHome(stage, `campaign open ${shown(file)}`), 'published to every tenant');
      await replay.ask('setPksLifecycle', { deprecatedAt: stage.at, sunsetAt: '2024-09-17T00:00:00.000Z' });
      stage.did(
        ofHome(stage, 'pks schedule --deprecated 2023-11-06 --sunset 2024-09-16'),
        'whoever asks PKS is told its last day',
      );
      await askedPks(stage);
    },
  },
];

const campaign: readonly Step[] = [
  {
    id: 'minimum-is-out',
    at: '2023-12-14T08:00:00Z',
    title: 'Release 2.3.2.0, the minimum, for download; the bridge off PKS',
    async run(stage) {
      await published(stage, ['2.3.2.0']);
      const { bridge } = stage.replay.scenario.facts;
      await signBridges(stage.replay.home, { components: [component], upgradesFrom: bridge.from });
      stage.did(
        ofHome(stage, `pks sign --component ${component} --upgrades-from ${bridge.from}`),
        'hosts on PKS are told of a build that leaves it',
      );
    },
  },
  {
    id: 'auto-upgrade-is-out',
    at: '2024-02-21T08:00:00Z',
    title: 'Release 2.3.6.0, for download and auto-upgrade',
    async run(stage) {
      await published(stage, [installed]);
      const { rollouts } = await stage.replay.ask('listRollouts');
      if (!rollouts.some(({ version }) => version === installed)) {
        const haltAt = { minFailures: 3, failurePpm: 500_000 };
        await stage.replay.ask('createRollout', { component, version: installed, rings, haltAt });
      }
      stage.did(
        ofHome(
          stage,
          `rollout create ${component} ${installed} --ring "canary start=100% share=0%" --ring "early start=100% share=0%" --ring "broad start=100% committed=1 share=0%" --halt-at 3:50%`,
        ),
        'three rings, none open',
      );
    },
  },
  {
    id: 'canary',
    at: '2024-02-26T08:00:00Z',
    title: 'The canary upgrades itself',
    async run(stage) {
      await opened(stage, 'canary');
      const contoso = stage.host('contoso-sync1');
      await stage.until(() => contoso.version === installed || undefined, 'contoso-sync1 upgrades itself');
      const result = await stage.until(async () => (await contoso.lastUpgrade())?.result, 'contoso-sync1 is done');
      stage.did(ofHost(contoso, 'agent auto-upgrade history'), `contoso-sync1: 2.2.8.0 to ${installed}, ${result}`);
    },
  },
  {
    id: 'disk-full',
    at: '2024-02-28T08:00:00Z',
    title: 'The early ring: northwind has no space',
    async run(stage) {
      const northwind = stage.host('northwind-sync1');
      // First: it looks by itself when it is started, also after a kill.
      northwind.set({ freeBytes: 50_000_000 });
      await opened(stage, 'early');
      await northwind.upgradeNow();
      stage.did(ofHost(northwind, 'agent auto-upgrade get'), `northwind-sync1: ${await suspension(northwind)}`);
    },
  },
  {
    id: 'rolled-back',
    at: '2024-03-05T08:00:00Z',
    title: 'Everybody else: the build fails on southridge and is rolled back',
    async run(stage) {
      await opened(stage, 'broad');
      const southridge = stage.host('southridge-sync1');
      if ((await southridge.lastUpgrade()) === undefined) await southridge.upgradeNow();
      const { result = 'nothing' } = (await southridge.lastUpgrade()) ?? {};
      stage.did(
        ofHost(southridge, 'agent auto-upgrade now'),
        `southridge-sync1: ${result}; ${southridge.version} runs again, and ${installed} is blocked there`,
      );
      stage.say('fourthcoffee, fabrikam and graphicdesign opted out: nothing is installed there.');
    },
  },
  {
    id: 'later-builds',
    at: '2024-07-22T08:00:00Z',
    title: 'Releases 2.3.8.0 and 2.3.20.0, for download',
    run: (stage) => published(stage, ['2.3.8.0', newest]),
  },
  { id: 'count-august', at: '2024-08-01T00:00:00Z', title: 'Six weeks before', isCounted: true, run: askedPks },
];

const rescue: readonly Step[] = [
  {
    id: 'count-september',
    at: '2024-09-02T00:00:00Z',
    title: 'Two weeks before: who is below, and what each is to do',
    isCounted: true,
    async run(stage) {
      await askedPks(stage);
      stage.did(
        ofHome(stage, 'upgrade advice --server fourthcoffee-sync1'),
        'the way up for that server, with its commands',
      );
    },
  },
  {
    id: 'opt-in',
    at: '2024-09-04T08:00:00Z',
    title: 'fabrikam: its own administrator opts in',
    async run(stage) {
      const fabrikam = stage.host('fabrikam-sync1');
      await fabrikam.setState('Enabled');
      stage.did(ofHost(fabrikam, 'agent auto-upgrade set Enabled'), 'on fabrikam-sync1 itself: nobody else can');
      await upgraded(stage, fabrikam);
    },
  },
  {
    id: 'space-made',
    at: '2024-09-05T08:00:00Z',
    title: 'northwind: space was made',
    async run(stage) {
      const northwind = stage.host('northwind-sync1');
      northwind.set();
      await upgraded(stage, northwind);
    },
  },
  {
    id: 'by-hand',
    at: '2024-09-10T08:00:00Z',
    title: 'southridge takes the next good build, by hand; tailspin is upgraded by hand too',
    async run(stage) {
      const southridge = stage.host('southridge-sync1');
      if (southridge.version !== newest) await southridge.upgradeByHand(component, newest);
      if (southridge.version !== newest) {
        const { result, reason } = (await southridge.lastUpgrade()) ?? {};
        throw new CommandError(`southridge-sync1 runs ${southridge.version}: ${result}, ${reason}`);
      }
      stage.did(
        ofHost(southridge, `agent upgrade ${component} --to ${newest}`),
        `southridge-sync1 runs ${southridge.version}`,
      );
    },
  },
  {
    id: 'off-pks',
    at: '2024-09-12T08:00:00Z',
    title: 'adatum crosses the bridge off PKS; litware is too old for it',
    async run(stage) {
      const { replay } = stage;
      const adatum = stage.host('adatum-sync1');
      const imageRoot = imageRootOf(replay.home);
      // Enrolled, it asks PKS no more: whoever asks after that is a host on PKS still.
      if (adatum.isEnrolled) await adatum.install();
      else {
        const { bridge, file, message } = await askPks(replay, legacy);
        if (bridge === undefined || file === undefined)
          throw new CommandError(`adatum-sync1 was not bridged: ${message}`);
        stage.did('the PKS client of adatum-sync1', `fetches ${bridge} and checks it by the root built into it`);
        await adatum.install({ imageRoot, archive: file });
      }
      await adatum.start();
      stage.did(
        ofHost(
          adatum,
          `agent install --enrolment-string-file FILE --image-root ${imageRoot.slice(0, 8)}… --bridge ARCHIVE`,
        ),
        `adatum-sync1: ${adatum.version}, on HUS`,
      );
      stage.say('litware-sync1 (1.6.16.0, recorded) is older than the bridge takes: its way is a swing migration.');
    },
  },
  {
    id: 'swing-and-move',
    at: '2024-09-13T08:00:00Z',
    title: 'litware swings to a new server; graphicdesign moves to Cloud Sync',
    async run(stage) {
      const host = stage.host('graphicdesign-sync1');
      const { agents } = await stage.replay.askAs('graphicdesign', 'listAgents');
      for (const { id: agentId, state } of agents) {
        if (state !== 'revoked')
          await stage.replay.askAs('graphicdesign', 'revokeAgent', undefined, { params: { agentId } });
      }
      await host.retire();
      stage.did(ofHost(host, 'agent status'), 'retired: its agent is stopped, and revoked by its administrator');
      stage.say('litware-sync2 took the place of litware-sync1 (recorded).');
      stage.say(
        'graphicdesign-sync1 was retired and is recorded as moved. The move itself is not played: Cloud Sync is not there yet.',
      );
    },
  },
];

const ending = (isAsPublished: boolean): readonly Step[] => [
  {
    id: 'last-minute',
    at: '2024-09-16T23:59:00Z',
    title: 'The last minute',
    isCounted: true,
    run: async () => undefined,
  },
  {
    id: 'deadline',
    at: '2024-09-17T00:00:00Z',
    title: 'The date has passed',
    isCounted: true,
    async run(stage) {
      const { phase } = await stage.replay.ask('getPks');
      if (phase !== 'sunset' && phase !== 'off') throw new CommandError(`PKS has not ended: it is ${phase}`);
      stage.did(ofHome(stage, 'pks status'), 'PKS has ended: whoever asks it is answered 410');
      const fourthcoffee = stage.host('fourthcoffee-sync1');
      const isSame = fourthcoffee.digest() === stage.replay.noted('fourthcoffee.sha256');
      if (!isSame) throw new CommandError('fourthcoffee-sync1 was changed, although it opted out');
      stage.say('fourthcoffee-sync1, by choice, is as it was to the byte; it is told to upgrade, and may at any time.');
      stage.say('proseware-dr1 was not seen since 20 December 2023; ask Robin Ashe, proseware operations.');
    },
  },
  ...(isAsPublished
    ? [
        {
          id: 'as-published',
          at: '2024-09-24T00:00:00Z',
          title: 'The date of the page as it was revised has passed',
          isCounted: true,
          run: async () => undefined,
        },
      ]
    : []),
];

async function published(stage: Stage, versions: readonly string[]): Promise<void> {
  for (const version of versions) {
    const release = stage.replay.scenario.releases.find((each) => each.version === version);
    if (release === undefined) throw new CommandError(`the scenario has no release ${version}`);
    await stage.replay.publish(release);
    const { publishedAt, channel } = release;
    const { autoUpgrade } = channel;
    stage.did(
      ofHome(
        stage,
        `release publish --from ${shown(join(stage.replay.home, 'builds', version))} --version ${version}${autoUpgrade ? '' : ' --channel download'} --published-at ${publishedAt}`,
      ),
      'an example build',
    );
  }
}

async function setUp(stage: Stage, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const host = stage.host(name);
    await host.install();
    await host.start();
    stage.did(ofHost(host, 'agent install --enrolment-string-file FILE'), `${name}: ${host.version}`);
  }
  const fourthcoffee = stage.host('fourthcoffee-sync1');
  if (names.includes(fourthcoffee.name)) stage.replay.note('fourthcoffee.sha256', fourthcoffee.digest());
}

async function opened(stage: Stage, ring: string): Promise<void> {
  const { rollouts } = await stage.replay.ask('listRollouts');
  const rollout = rollouts.find(({ version }) => version === installed);
  if (rollout === undefined) throw new CommandError(`there is no rollout of ${installed}`);
  if (rollout.rings.find(({ name }) => name === ring)?.openedAt === undefined) {
    const reason = `the ${ring} ring is due`;
    await stage.replay.ask(
      'changeRollout',
      { action: 'advance', reason },
      { params: { rolloutId: rollout.rolloutId } },
    );
  }
  await stage.replay.served();
  stage.did(
    ofHome(stage, `rollout advance ${component}@${installed} --reason "the ${ring} ring is due"`),
    `${ring} is open`,
  );
}

async function upgraded(stage: Stage, host: ReplayHost): Promise<void> {
  const from = host.version;
  const [ended] = from === installed ? [] : await host.upgradeNow();
  if (host.version !== installed) {
    throw new CommandError(`${host.name} runs ${host.version}: ${ended?.result ?? (await suspension(host))}`);
  }
  stage.did(
    ofHost(host, 'agent auto-upgrade now'),
    `${host.name}: ${from} to ${installed}, ${ended?.result ?? 'Success'}`,
  );
}

async function suspension(host: ReplayHost): Promise<string> {
  const { state, suspensionReason } = await host.view();
  return suspensionReason ?? state;
}

/** Hosts on PKS ask it again and again; here once for each day that counts. */
async function askedPks({ replay, did }: Stage): Promise<void> {
  const { channel = 'PKS' } = await askPks(replay, legacy);
  did('the PKS client of adatum-sync1', `still on ${channel}, with ${legacy.version}`);
}
