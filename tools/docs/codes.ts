/**
 * What codes mean that have no catalogue of their own in the code: those of one class each, step results, faults of
 * objects, counters, log events and audit actions. A test sees to it that each is said somewhere and none is missing.
 */

type Meanings = Readonly<Record<string, string>>;

/** Of an agent host: files of the home, the control socket, the source. */
export const agentCodes: Meanings = {
  'agent-already-running': 'Another agent runs on this home. Stop it, or choose another `--home`.',
  'call-timeout': 'A component did not answer within 10 minutes. Look at its log and its state.',
  'component-not-running': 'The component is starting, stopped or failing. The message says which, and why.',
  'configuration-malformed': '`configuration.yaml` cannot be read. The message names the file and the key.',
  'connector-unknown': 'The configuration names a connector that this agent was not enrolled for.',
  'consent-malformed': '`consent.yaml` cannot be read as a consent file. The message names the key.',
  'consent-missing': 'There is no readable `consent.yaml`, so the agent reads nothing. Write it.',
  'consent-writable': 'Others than its owner may write `consent.yaml`. Run the `chmod` of the message.',
  'control-plane-unreachable':
    'No answer within 30 s that the enrolled control plane signed. The request may or may not have been carried out; it is safe to repeat.',
  'enrolment-string-malformed':
    'The enrolment string is damaged, or names a control plane without https. Copy it whole.',
  'identity-damaged': '`key.pem` or `identity.json` cannot be read. Move the folder `identity` away and enrol again.',
  'cloud-feed-endless': 'The cloud directory answers in a way that no reading would end. It is tried again.',
  'internal-error': 'A fault of ours. The log of the agent has it.',
  'list-changed': 'What the delete guard holds has changed since it was listed. Look again before you decide.',
  'malformed-call': 'A call over the control socket does not have its shape. The message says what is wrong.',
  'not-consented': 'The base DN lies outside `read.baseDns` of `consent.yaml`. Add it there if the agent may read it.',
  'not-enrolled': 'The agent has no identity yet. Start it once with an enrolment string.',
  'password-unreadable': 'The password file is empty, too long, or cannot be read. Its first line is the password.',
  'socket-unusable': 'The control socket cannot be bound. Check owner and rights of the folder `agent`.',
  'source-changing': 'The LDIF file changed while it was read. It is read again.',
  'source-unreadable': 'The file cannot be read, or holds no entry. Check the path and its rights.',
  'store-damaged': '`state.db` is damaged. Move it away: it is rebuilt from the directory and the cloud directory.',
  'store-newer': '`state.db` was written by a newer version. Start that version.',
  'store-unusable': '`state.db` cannot be opened. Check rights and free space.',
  unknown: 'The control plane refused and gave no code. The HTTP status is in the message.',
  'unknown-call': 'This version does not know the call. Command line and agent are of different versions.',
  unusable: 'A component cannot run, for a reason without a code. The message has it.',
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
  'portal-unreadable': 'The folder of the portal cannot be read or holds no portal. Build it again.',
  'transaction-too-long': 'A transaction did not end within 60 s and was rolled back.',
  'unique-violation': 'A row with this key is there already. Never shown to clients.',
  'writer-lost': 'The writer of the database ended. The process ends as well; `springline up` starts it again.',
};

/** Of the web page, when no control plane answered in its own words. */
export const portalCodes: Meanings = {
  'no-answer': 'Nothing came within 15 s, or the connection failed.',
  'unexpected-answer': 'The answer is not of the documented shape. Reload the page.',
};

/** Of rule files. */
export const ruleCodes: Meanings = {
  'rule-malformed': 'A rule file was refused. The message begins with file, line and column.',
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
  'duplicate-source-anchor':
    'Another object has the same source anchor and keeps the account. Give this one a value of its own.',
  'sourceAnchor-changed':
    'The source anchor of the object changed. Give it its old value back; until then the object is not synchronised.',
};

/** Result -> what happened, and what happens next. */
export const stepResultMeanings: Meanings = {
  success: 'The step did all of its work.',
  'in-progress': 'The step, or the cycle, runs now. After a kill it stays in the history of that cycle.',
  'completed-discovery-errors':
    'Some entries could not be read. The others were brought over; nothing counts as deleted.',
  'completed-export-errors': 'The cloud directory refused some objects. They are tried again in each cycle.',
  'completed-sync-errors':
    'Some objects could not be synchronised. They keep their last state until they, or the rules, change. The others go on.',
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
  'stage-failure': 'Entries that could not be read.',
  'not-consented': 'Entries outside the consented base DNs; they were passed over.',
  'exported-change-not-reimported': 'Objects of which the cloud directory shows other values than were exported.',
  'connector-delete-remove-mv': 'Deleted entries that were linked to a metaverse object.',
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
  'store.writer-lost': 'The writer of the database ended; so does the process.',
  'sync.cycle-ended': 'A cycle ended with another result than the one before, or not with success.',
  'sync.cycle-failed': 'A cycle met a fault of ours; the next one follows with a growing pause.',
  'sync.stuck': 'Connect Sync cannot work until a person does what the message says.',
  'updater.stopped': 'The Agent Updater could not go on. Has the code.',
};

/** Actions of the audit trail. */
export const actionMeanings: Meanings = {
  'agent.enrolled': 'A key was registered as an agent and given its connector.',
  'agent.revoked': 'An agent was revoked, by a person or because another took its connector over.',
  'enrolment.created': 'An enrolment string was made.',
  'person.created': 'A person was added.',
  'session.ended': 'A person signed out.',
  'session.started': 'A person signed in.',
  'sign-in-link.created': 'A sign-in link was made.',
  'token.created': 'A bearer token was made.',
};
