/**
 * What codes mean that have no catalogue of their own in the code: those of one class each, step results, faults of
 * objects, counters, log events and audit actions. A test sees to it that each is said somewhere and none is missing.
 */
import { eventIds } from '@springline/auto-upgrade/upgrader/event-id';
import { leaseRefusalCatalogue } from '@springline/cloud-directory/export-lease';

type Meanings = Readonly<Record<string, string>>;

/** Of an agent host: files of the home, the control socket, the source. */
export const agentCodes: Meanings = {
  'agent-already-running': 'Another agent runs on this home. Stop it, or choose another `--home`.',
  'agent-conflicted':
    'Two hosts use the identity of this agent, so neither exports. Stop one; then `springline agent resolve-conflict`.',
  'agent-stopping': 'The agent is being stopped in the middle of an upgrade. Its next start goes on with it.',
  'answer-too-large': 'An answer to a question from afar is larger than 4 MiB. Ask for fewer.',
  'auto-upgrade-settings-malformed':
    '`auto-upgrade.json` cannot be read, so nothing is upgraded. Correct it, or delete it for the defaults.',
  'call-timeout': 'A component did not answer within 10 minutes. Look at its log and its state.',
  'cloud-feed-endless': 'The cloud directory answers in a way that no reading would end. It is tried again.',
  'component-not-running': 'The component is starting, stopped or failing. The message says which, and why.',
  'configuration-malformed': '`configuration.yaml` cannot be read. The message names the file and the key.',
  'connector-unknown':
    'The configuration names a connector that this agent was not enrolled for, or a call one that the host does not have.',
  'consent-malformed': '`consent.yaml` cannot be read as a consent file. The message names the key.',
  'consent-missing': 'There is no readable `consent.yaml`, so the agent reads nothing. Write it.',
  'consent-writable': 'Others than its owner may write `consent.yaml`. Run the `chmod` of the message.',
  'continuation-stale':
    'This home is behind what the control plane heard of this agent last: it was copied, or put back from a backup. It exports nothing; see `agent-conflicted`.',
  'control-plane-unreachable':
    'No answer within 30 s that the enrolled control plane signed. The request may or may not have been carried out; it is safe to repeat.',
  'cycle-in-progress': 'A cycle runs, so one object cannot be done alone. Try again when it has ended.',
  'development-root':
    'The repositories are signed with development keys, which count on one machine only. The address must be loopback.',
  'disk-space-insufficient': 'There is no room for the new build. The message says how much is missing, and where.',
  'enrolment-string-malformed':
    'The enrolment string is damaged, or names a control plane without https. Copy it whole.',
  'full-cycle-needed':
    'One object cannot be done alone: nothing was imported yet, or the rules changed. Run a cycle first.',
  'host-busy': 'The host is at work on another preview or decision that was asked from afar. Wait for its end.',
  'identity-damaged': '`key.pem` or `identity.json` cannot be read. Move the folder `identity` away and enrol again.',
  'internal-error': 'A fault of ours. The log of the agent has it.',
  'journal-damaged': 'A line of the journal is damaged. It is put aside as `journal.damaged`, and a new one begins.',
  'journal-unwritable': 'A step could not be put into the journal, so it was not begun. Check rights and free space.',
  'links-not-shown': 'A preview found more changed links than a plan keeps. The message says how many.',
  'list-changed': 'What the delete guard holds has changed since it was listed. Look again before you decide.',
  'malformed-call': 'A call over the control socket does not have its shape. The message says what is wrong.',
  'not-consented':
    'The base DN lies outside `read.baseDns` of `consent.yaml`, or `remote` there does not allow what was asked from afar. The message says what to add.',
  'not-enrolled': 'The agent has no identity yet. Start it once with an enrolment string.',
  'not-offered': 'The repositories name no build of the component for this platform. Publish one.',
  'object-disconnected': 'The object is linked to no metaverse object, because no rule takes it in.',
  'object-not-in-directory': 'The directory does not have the object, or the account of the connector cannot read it.',
  'object-out-of-scope': 'The object lies in no container that the connector takes in, or no rule is for its type.',
  'object-unknown': 'Nothing has this DN, anchor, sourceAnchor or id. Search for it.',
  'object-without-consent': 'The object lies outside `read.baseDns` of `consent.yaml`.',
  'password-unreadable': 'The password file is empty, too long, or cannot be read. Its first line is the password.',
  'pks-answer-malformed': 'The answer of PKS is damaged, too large, or says more than it may. Nothing of it is used.',
  'pks-answer-other-component': 'The answer of PKS is genuine, but for another component. Nothing of it is used.',
  'pks-answer-other-root':
    'The answer of PKS pins another Image root than the one trusted here. Nothing of it is used.',
  'pks-answer-unsigned': 'Too few keys of the Image root signed the answer of PKS. Nothing of it is used.',
  'pks-request-malformed': 'A request of the PKS channel does not have its shape. The message names the field.',
  'plan-unknown': 'There is no such plan, or no more: the last five are kept. The message names them.',
  'preview-in-progress': 'Another preview runs on this host. Try again when it is done.',
  'repository-unreachable': 'A repository does not answer, or not with what was asked for. It is asked again.',
  'rule-unknown': 'No rule of this host has this id or name.',
  'rules-malformed': 'The rules to be tried are none. The message has file, line and column.',
  'scenario-malformed':
    '`scenario.json` or the clock file of a replayed scenario cannot be read. Start the scenario again.',
  'scenario-root': 'The repositories hold the example builds of a scenario, which no other host installs.',
  'scenario-unmarked':
    '`scenario.json` sets another clock in a home whose signed roots are no scenario’s. Delete the file.',
  'slot-altered':
    'The files of a build are not those that were verified, so it is not started. See [Troubleshooting](../guides/troubleshooting.md#auto-upgrade).',
  'slot-missing': 'No build is installed for the component. The next `springline up` installs one.',
  'socket-unusable': 'The control socket cannot be bound. Check owner and rights of the folder `agent`.',
  'source-changing': 'The LDIF file changed while it was read. It is read again.',
  'source-unreadable': 'The file cannot be read, or holds no entry. Check the path and its rights.',
  'store-damaged': '`state.db` is damaged. Move it away: it is rebuilt from the directory and the cloud directory.',
  'store-newer': '`state.db` was written by a newer version. Start that version.',
  'store-taken-over': 'Another process of the component has taken the store over; this one writes nothing more.',
  'store-unusable': '`state.db` cannot be opened. Check rights and free space.',
  'too-many-questions': 'The host was asked more than 240 questions from afar within a minute. Wait.',
  unknown: 'The control plane refused and gave no code. The HTTP status is in the message.',
  'unknown-call': 'This version does not know the call. Command line and agent are of different versions.',
  unusable: 'A component cannot run, for a reason without a code. The message has it.',
  ...leaseRefusalCatalogue,
  'upgrader-ended': 'The upgrader ended in the middle of its work. What it fetched is kept; the next look goes on.',
  'upgrader-not-started': 'The upgrader could not be started. The message has the cause.',
};

/** What the Director named and this host must not install. */
export const choiceCodes: Meanings = {
  'floor-too-soon':
    'It says that hosts must have it within 7 days of its publication. That part is passed over; the release counts.',
  'release-number-fell': 'Its release number is not above the highest that was ever kept here. It never falls.',
  'recall-expired':
    'What is recalled of the component was last signed more than 30 days ago, so nothing of it is installed.',
  'recall-missing':
    'The Image repository does not say what is recalled of the component, so nothing of it is installed.',
  'recall-shrunk':
    'A build that was recalled before is not on the list any more, so nothing of the component is installed.',
  recalled: 'The release was recalled. The message has the reason; the cure is a release with a higher number.',
  'unknown-target-path': 'The Director names a path that no release can have.',
  'version-fell': 'Its version is not above the one that runs here.',
};

/** Of `springline keys …`, and of the keeper. */
export const keyCodes: Meanings = {
  'signer-register-damaged':
    '`signer-register.jsonl` beside the keys is not as it was written. Nothing that widens is signed. See [A restored database](../security/restored-database.md#a-damaged-register).',
  'signer-register-full':
    'The register of the signer holds as much as it takes. What is told from now on does not outlive the database.',
  'key-file-damaged': 'A key file is damaged or of another role. Restore it from your copy.',
  'key-passphrase-missing': 'The passphrase file is missing, empty, or readable by others. The message says which.',
  'key-passphrase-wrong': 'The passphrase does not open a key. It belongs to another folder of keys.',
  'key-profile-malformed': '`profile.json` cannot be read. Restore it from your copy.',
  'key-profile-unavailable': 'This version makes keys of the profile `development` only.',
  'keys-exist': 'There are keys already. They are never overwritten, because agents trust them.',
  'keys-incomplete': 'Keys lie there without `profile.json`. Restore the whole folder from your copy.',
  'keys-lost':
    'The keys are gone, and the repositories there were signed with them. Restore your copy; without one, see the message.',
  'keys-missing': 'There are no keys, or not the one that is needed. Restore your copy, or `springline keys init`.',
};

/** Of the signer: its record, and who may approve. */
export const signerCodes: Meanings = {
  'approver-exists': 'An approver has that name, key or passkey already.',
  'approver-unknown': 'There is no approver of that name.',
  'approvers-malformed':
    '`keys/approvers.json` cannot be read. The message names the member; until then nothing widens.',
  'signer-record-damaged':
    'The signer’s record or mark was altered. Nothing that widens is signed. Restore it from your copy of the keys.',
  'signer-record-full': 'The signer’s record has room for what narrows only. Withdraw what waits.',
};

/** What is wrong with a minimum (security rule S27). */
export const floorCodes: Meanings = {
  'floor-too-soon': 'The deadline is less than 7 days ahead. Refused unless the minimum only notifies.',
  'no-satisfying-release': 'No release that is not recalled satisfies the minimum on a platform in use.',
  'stop-sync-not-signed': 'No floor of the Image repository says so, so the minimum acts as `restrict`.',
};

/** Of `springline release …`, and of the keeper. Nothing was published. */
export const publishCodes: Meanings = {
  'recall-reason-malformed': 'The reason of a recall is empty or longer than 500 characters.',
  'release-break-refused': 'Only repositories of the profile `development` take a release that is broken on purpose.',
  'release-component-unknown': 'No such component was built. The message lists those that were.',
  'release-in-progress': 'Another process has been writing to the repositories for 20 s. Try again.',
  'release-lock-lost': 'The lock was removed during the work. Run it again.',
  'release-lock-unusable': '`keys/release.lock` is no file of ours, or cannot be opened. Move it away.',
  'release-notes-too-long': 'The notes are longer than 4,000 characters.',
  'release-platform-unsupported': 'Releases are made on linux-x64 and linux-arm64.',
  'release-record-damaged': '`keys/record.json` cannot be read. Restore it from your copy.',
  'release-source-unusable': 'The folder holds no built component, or a file that belongs to none.',
  'release-version-taken': 'This version was published already, or is lower than one that was.',
  'release-number-taken': 'Release numbers never fall. Choose a higher one, or none.',
  'release-facts-contradict':
    'What is said about the release contradicts itself, or agents would pass over it. The message says which and the way out.',
  'release-version-unknown': 'The version was never published here. The message lists those that were.',
  'release-tree-damaged':
    'The published tree cannot be read, or begins with another root than that beside the keys. Move it away: it is made again under the same roots.',
};

/** Of the process of the control plane. */
export const controlPlaneCodes: Meanings = {
  'admin-token-malformed': '`admin-token` holds no token. Delete it; the next start makes a new one.',
  'database-busy': 'Another process holds the database. Tried again; clients get `overloaded`.',
  'database-corrupt': 'The database is damaged or no database. Restore a backup.',
  'database-failed': 'The database failed in another way. The log has the cause.',
  'database-full': 'The disk is full. Nothing was written; clients get `storage-full`.',
  'database-newer': 'A newer version wrote the database. Start that version, or restore a backup made by this one.',
  'database-unreadable': 'The database cannot be opened for reading and writing. Check its owner and mode.',
  'home-in-use': 'Another control plane runs on this home. Stop it, or choose another `--home`.',
  'home-path-too-long': 'The path of the home is too long for a socket on this system. Choose a shorter one.',
  'key-file-malformed': '`control-plane.pem` holds no Ed25519 key. Restore it: a new key would cut off every agent.',
  misused: 'The command line of the control plane is wrong. The message says how.',
  'notice-key-malformed':
    '`keys/notices.key` holds no key. Restore it, or delete it and add the channels of notices again.',
  'portal-unreadable': 'The folder of the portal cannot be read or holds no portal. Build it again.',
  'transaction-too-long': 'A transaction did not end within 60 s and was rolled back.',
  'unique-violation': 'A row with this key is there already. Never shown to clients.',
  'writer-lost': 'The writer of the database ended. The process ends as well; `springline up` starts it again.',
};

/** Why a notice did not arrive, in `springline notices …` and beside the notice. */
export const noticeCodes: Meanings = {
  'address-not-allowed': 'The channel leads to a loopback, private, link-local or reserved address. See the guide.',
  'channel-malformed': 'The settings of the channel cannot be read. Remove the channel and add it again.',
  'channel-secret-unreadable':
    '`keys/notices.key` does not open the secret of the channel, or its settings were altered. Add it again.',
  'connection-failed': 'Nobody listens there, or the connection broke off. Tried again.',
  'destination-malformed': 'The address of the channel is not of the documented form.',
  'mail-login-refused': 'The mail server does not take user and password, or wants some. Tried again.',
  'mail-postponed': 'The mail server asks to try later. Tried again.',
  'mail-refused': 'The mail server refuses this mail for good, or some of its recipients. Not tried again.',
  'name-not-resolved': 'DNS has no address for the host. Tried again.',
  'no-answer-in-time': 'No whole answer within 10 s, from a mail server 20 s. Tried again.',
  'tls-refused': 'The server has no TLS, or no certificate for its name that is trusted. Tried again.',
  'webhook-redirects': 'The webhook answers with a redirect, which is never followed. Correct the URL. Tried again.',
  'webhook-refused': 'The webhook answers something other than 2xx. Tried again.',
};

/** Of the web page, when no control plane answered in its own words. */
export const portalCodes: Meanings = {
  'no-answer': 'Nothing came within 15 s, or the connection failed.',
  'unexpected-answer': 'The answer is not of the documented shape. Reload the page.',
};

/** Of rule files. */
export const ruleCodes: Meanings = {
  'rule-malformed': 'A rule file was refused. The message begins with file, line and column.',
  'trial-malformed':
    'Attributes, parameters or a case of `sync rules eval` were refused, or values in a test of rules. The message names the place.',
  'rule-set-contradiction': 'Two rules have one name, or one precedence for one kind of connector. Change one of them.',
};

/** Keywords of SCIM errors, RFC 7644 table 9. */
export const scimTypes: Meanings = {
  invalidFilter: 'The filter cannot be parsed, or compares in a way that the attribute does not take.',
  invalidPath: 'A name in `attributes`, `excludedAttributes` or `sortBy` is no attribute, or cannot be sorted by.',
  invalidValue: 'A parameter has a value that it cannot have.',
  tooMany: 'The answer would be too large. Ask for fewer resources, or exclude members.',
};

/** Faults of single objects, beside export failures and failed expressions. */
export const objectFaults: Meanings = {
  'ambiguous-import-flow-from-multiple-connectors':
    'The object matches a metaverse object that another object of the same connector is joined to. Remove one of the two, or correct the value they share.',
  'cd-error': 'The cloud directory refused the object and gave no reason.',
  'exported-change-not-reimported':
    'The cloud directory shows other values than were exported. They are exported again.',
  'flow-multi-values-to-single-value':
    'A rule gives several values to an attribute that has one; the message names both. Have the rule choose: `ItemOrNull([attribute], 1)`.',
  'object-type-changed':
    'The cloud directory holds the object as one of another type. It is deleted there by the next export and made anew by the cycle after it. Where sync did not make it, or the delete was rejected, delete it there.',
  'join-criteria-ambiguous':
    'Rules with different join criteria take the object in. Switch one of them off, or narrow its scope.',
  'duplicate-source-anchor':
    'Another object has the same source anchor and keeps the account. Give this one a value of its own.',
  'sourceAnchor-changed':
    'The source anchor of the object changed. Give it its old value back; until then the object is not synchronised.',
};

/** Result -> what happened, and what happens next. */
export const stepResultMeanings: Meanings = {
  success: 'The step did all of its work.',
  'in-progress': 'The step, or the cycle, runs now. After a kill it stays in the history of that cycle.',
  'completed-transient-objects':
    'Objects lost their DN to others, and the source has not said yet what became of them. Usually the next import does.',
  'completed-discovery-errors':
    'Some entries could not be read. The others were brought over; nothing counts as deleted.',
  'completed-export-errors': 'The cloud directory refused some objects. They are tried again in each cycle.',
  'completed-sync-errors':
    'Some objects could not be synchronised. They keep their last state until they, or the rules, change. The others go on.',
  'completed-warnings':
    'The cloud directory shows other values than were exported, for the objects that are counted. They are exported again.',
  'no-start-bad-ma-configuration':
    'URL, base DN or consent do not fit. The detail says which. Tried again with growing pauses.',
  'no-start-connection': 'The server cannot be reached, or its certificate is not trusted. Tried again.',
  'no-start-credentials': 'The server refused the account, or refuses it the read. Tried again.',
  'no-start-file-open': 'The LDIF file cannot be opened. Tried again.',
  'stopped-connectivity': 'No answer of the control plane. What was exported before counts; the rest follows.',
  'stopped-deletion-threshold-exceeded': 'The delete guard holds the export. Nothing was exported; a person decides.',
  'stopped-disk-full': 'The disk of the agent host is full. Free space; nothing is lost.',
  'stopped-import-read': 'The source answered nothing, or changed while it was read. Nobody is deleted; tried again.',
  'stopped-parsing-errors': 'The LDIF file has a fault. The detail names file and line. Nothing counts as deleted.',
  'stopped-server':
    'The directory server ended the read early, or the control plane refused a request. The detail has the code.',
  'stopped-user-termination-from-wmi-or-ui': 'The agent was asked to stop. The next cycle goes on.',
};

/** Counters of a step, in the order of a cycle. */
export const counterMeanings: Meanings = {
  'stage-no-change': 'Imported entries that say what they said before.',
  'stage-add': 'Entries seen for the first time.',
  'stage-update': 'Entries with another value than before.',
  'stage-rename': 'Entries with another DN than before; other values may have changed as well.',
  'stage-delete': 'Entries that are gone.',
  'stage-delete-add': 'Entries that changed their type: another object under the same anchor.',
  'stage-failure': 'Entries that could not be read.',
  'not-consented': 'Entries outside the consented base DNs; they were passed over.',
  'exported-change-not-reimported': 'Objects of which the cloud directory shows other values than were exported.',
  'connector-delete-add-processed': 'Objects that changed their type; they were parted from what they were.',
  'connector-delete-remove-mv': 'Deleted entries that were linked to a metaverse object.',
  'connector-delete-leave-mv': 'Deleted entries whose metaverse object stays: other objects are linked to it.',
  'connector-filtered-remove-mv':
    'Linked objects that no rule takes in any more, and that were the last of their person.',
  'connector-filtered-leave-mv': 'Linked objects that no rule takes in any more.',
  'disconnector-filtered': 'Objects that no rule takes in.',
  'disconnector-joined-flow': 'Objects joined to a metaverse object that was there.',
  'disconnector-projected-flow': 'Objects for which a metaverse object was made.',
  'disconnector-remains': 'Objects in scope that could be neither joined nor projected.',
  'connector-flow': 'Objects whose desired state in the cloud directory changed.',
  'connector-no-flow': 'Objects that were evaluated and want what they wanted before.',
  'provisioned-add-flow': 'Objects that the cloud directory is to hold from now on.',
  'provisioned-disconnect': 'Objects that the cloud directory is not to hold any more.',
  'flow-failure': 'Objects that could not be synchronised.',
  'export-add': 'Objects made in the cloud directory.',
  'export-update': 'Updates carried out in the cloud directory. References count apart from attributes.',
  'export-delete': 'Objects deleted in the cloud directory.',
  'export-failure': 'Objects that the cloud directory refused.',
};

const numberedEvents: Meanings = Object.fromEntries(
  Object.entries(eventIds).map(([event, { meaning }]) => [event, meaning]),
);

/** Events of the logs in `<home>/logs`. */
export const eventMeanings: Meanings = {
  'component.ended': 'A component ended by itself or could not be started; it is started again.',
  'component.channel-failed': 'A word to a component was lost; its process says why.',
  'control-plane.connected': 'The agent has contact to the control plane.',
  'control-plane.lost': 'The agent has lost the contact, or was refused. Sync goes on as far as it can.',
  'control-plane.started': 'The control plane answers requests.',
  'directory.exported': 'A batch of exports was carried out, with counts.',
  'directory.purged': 'What is past its time was thrown away, with the count.',
  'http.request-failed': 'A request met a fault of ours. Has the request id that the client was told.',
  'job.failed': 'A recurring job failed; it is tried again later.',
  'jobs.round-failed': 'A round of recurring jobs could not begin or lost its lease.',
  'signer.failed': 'The signer could not carry out a request. Has the code.',
  'signer.let-through':
    'A release of the keeper’s own building was opened to all hosts of this home, or waits for approval.',
  'signer.policy-published': 'A policy that was signed and not to be found in the tree was published again.',
  'keeper.bridge-signed': 'The bridge answer of a component was signed again, for another release.',
  'keeper.bridge-unsigned':
    'The bridge answer of a component does not name what it should, and the keeper could not sign it. Run `springline pks sign`.',
  'keeper.failed': 'The keeper of the repositories could not do a round; it tries again. Has the code.',
  'keeper.keys-made': 'Development keys and the first roots were made.',
  'keeper.published': 'A release was published, with version and release number.',
  'keeper.signed': 'Metadata was signed again, with the names of the files.',
  'pks.answer-unusable':
    'A signed answer for PKS is damaged, or of another component. Its clients get 404; sign it again.',
  'pks.asked': 'A client of PKS asked; with the hash of its key, never the key.',
  'pks.sightings-lost': 'It could not be noted who asked PKS, with the count. The answers went out.',
  'notice.failed': 'A notice did not reach a channel and is tried again. Has the code.',
  'question.answered':
    'A question from afar was answered or refused, with its method, who asked, and the code. What was looked for is not logged.',
  'question.failed': 'A question could not be fetched or its answer not be sent. The next heartbeat begins again.',
  'notice.given-up': 'A notice did not reach a channel and is not tried again. Has the code.',
  'database.restored': 'The database was older than the signer had seen it and was restored, with both counts.',
  'identity.conflicted':
    'Another host uses the identity of this agent; nothing is exported until a person resolves it.',
  'identity.continuation-unwritable':
    'What the next heartbeat is to present could not be written down; the last one is repeated.',
  'signer.away': 'The signer does not answer. Nothing that widens a rollout is signed; it is asked again.',
  'signer.back': 'The signer answers again.',
  'store.writer-lost': 'The writer of the database ended; so does the process.',
  'sync.cycle-ended': 'A cycle ended with another result than the one before, or not with success.',
  'sync.follow-ended': 'The connection that told of changes ended; the next cycle reads what was missed.',
  'sync.cycle-failed': 'A cycle met a fault of ours; the next one follows with a growing pause.',
  'sync.stuck': 'Connect Sync cannot work until a person does what the message says.',
  'updater.stopped': 'The Agent Updater could not go on. Has the code.',
  'upgrade.failed': 'A look or an upgrade met a fault of ours. Has the code.',
  'upgrade.sweep-failed': 'Runtimes that no slot needs could not be removed; the next upgrade tries again.',
  'upgrade.journal-damaged': 'The journal could not be read. It was put aside, and a new one begins.',
  'upgrade.journal-unwritable': 'A step on the way back could not be journaled; the way back goes on.',
  ...numberedEvents,
};

/** Actions of the audit trail. */
export const actionMeanings: Meanings = {
  'agent.conflicted': 'Two hosts were found to use one identity; neither exports until a person resolves it.',
  'agent.conflict-resolved': 'A person let the agent export again.',
  'agent.enrolled': 'A key was registered as an agent and given its connector.',
  'agent.revoked': 'An agent was revoked, by a person or because another took its connector over.',
  'approval.given': 'A person handed in a passkey’s signature.',
  'approval.withdrawn': 'What waited for approval was taken back.',
  'campaign.ended': 'A campaign was ended.',
  'campaign.opened': 'A campaign was opened.',
  'campaign.revised': 'A campaign was given another revision.',
  'policy.changed': 'Everything was halted or resumed, or a freeze was added or removed.',
  'database.register-carried-out':
    'What the signer knows of agents, people and tokens was carried out on a restored database, with counts.',
  'database.restoration-ended': 'A person let rollouts go on after the database was restored.',
  'database.restored':
    'The database was older than the signer had seen it, so it was put back from a backup: tokens, sessions, links, enrolment strings and approvals of before became void.',
  'enrolment.created': 'An enrolment string was made.',
  'export.deletions-approved': 'A person let a source delete so many objects beyond the limits, within 24 hours.',
  'export.limited':
    'Creations, changes or deletions of a source were held back by its limits; once for as long as that goes on.',
  'export-lease.taken': 'An agent exports in place of another, with whether that was by force.',
  'export-limits.changed':
    'What one source may create, change and delete within 24 hours was set, with before and after.',
  'notice-channel.added': 'A channel of notices was added.',
  'notice-channel.removed': 'A channel of notices was removed.',
  'notice-channel.tested': 'A test notice was sent, or tried.',
  'person.created': 'A person was added.',
  'person.removed': 'A person was removed, with sessions, sign-in links and tokens.',
  'person.role-changed': 'A person was given another role.',
  'pks.scheduled': 'The dates of PKS were set, with those before.',
  'recorded-servers.changed': 'A tenant replaced its list of servers without an agent, with counts of what changed.',
  'rollout.aborted': 'A rollout was given up.',
  'rollout.lapsed': 'A rollout whose approval lapsed, or was taken back, was given up by itself.',
  'rollout.advance-asked': 'A person asked for the next ring before its evidence is in.',
  'rollout.completed': 'A release was opened to all hosts.',
  'rollout.created': 'A rollout was planned.',
  'rollout.halted': 'A rollout was halted, by a person or by itself.',
  'rollout.resume-asked': 'A person asked to go on with a halted rollout.',
  'rollout.resumed': 'A halted rollout went on.',
  'rollout.ring-opened': 'A ring was opened.',
  'rollout.started': 'An approved plan became a part of the policy.',
  'session.ended': 'A person signed out.',
  'session.started': 'A person signed in.',
  'sign-in-link.created': 'A sign-in link was made.',
  'sync.decision-asked':
    'A person asked a host to decide or do something in sync, with why; the host was told after this.',
  'sync.decision-ended': 'What a host said to such a request. Where this is missing, its end is not known.',
  'tenant.created': 'A tenant was added; in the trails of the operator’s tenant and of its own.',
  'token.created': 'A bearer token was made.',
  'token.revoked': 'A bearer token was ended.',
  'wish.changed': 'What holds upgrades of a host back was changed.',
};

/** Of imports from directories, beside those of LDAP. */
export const sourceErrors = {
  'cookie-refused': 'The place where the last import ended does not count any more; everything is read again.',
  'scope-container-missing':
    'A container that the configuration names is not there, so nothing is imported. Correct the list.',
} as const;
