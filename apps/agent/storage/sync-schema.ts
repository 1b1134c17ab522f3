/**
 * Tables of the sync engine's store. A row of the connector space is written by imports and read by everything; links,
 * work lists, exports and faults lie beside it, so that none of them rewrites the attributes. Where a DN or an anchor is
 * stands in flat memory (`flat-index`, `key-index`), so rows carry no index that a load would have to sort.
 */

/** Raised with every change of the schema; a release says which one it needs. */
export const schemaVersion = 3;

const takenIndexes = `
CREATE INDEX export_taken ON export (cs) WHERE pending = 'delete' OR guard = 'clears';
CREATE INDEX reference_taken ON reference (row) WHERE state = 'pending-delete';
`;

/** Brings a store of version 2 up to this one. */
export const sinceVersion2 = `ALTER TABLE export ADD COLUMN kept TEXT; ${takenIndexes}`;

export const schema = `
CREATE TABLE connector (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL);
CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);

CREATE TABLE cs (
  id INTEGER PRIMARY KEY, connector INTEGER NOT NULL, anchor ANY, dn_key INTEGER, type TEXT NOT NULL, dn TEXT NOT NULL,
  fingerprint BLOB, hologram ANY);
CREATE INDEX cs_present ON cs (connector, type) WHERE anchor IS NOT NULL;
CREATE TABLE pending_import (cs INTEGER PRIMARY KEY, kind TEXT NOT NULL, synchronized ANY);
CREATE TABLE link (cs INTEGER PRIMARY KEY, mv INTEGER NOT NULL, connector INTEGER NOT NULL, kind TEXT NOT NULL);
CREATE INDEX link_mv ON link (mv, connector);
CREATE TABLE export (
  cs INTEGER PRIMARY KEY, pending TEXT NOT NULL, desired TEXT, unconfirmed TEXT, reference_sources TEXT, guard TEXT,
  kept TEXT);
CREATE INDEX export_pending ON export (cs) WHERE pending <> 'none';
CREATE TABLE fault (cs INTEGER PRIMARY KEY, fault TEXT NOT NULL);

CREATE TABLE reference (
  row INTEGER NOT NULL, attribute INTEGER NOT NULL, target INTEGER NOT NULL, state TEXT NOT NULL,
  PRIMARY KEY (row, attribute, target)) WITHOUT ROWID;
CREATE INDEX reference_target ON reference (target);
CREATE INDEX reference_pending ON reference (row) WHERE state IN ('pending-add', 'pending-delete');
CREATE INDEX reference_unsettled ON reference (row) WHERE state IN ('new', 'gone', 'moved');
CREATE TABLE reference_count (
  row INTEGER NOT NULL, attribute INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (row, attribute)) WITHOUT ROWID;
CREATE TABLE reference_queue (cs INTEGER PRIMARY KEY);

CREATE TABLE mv (id INTEGER PRIMARY KEY, uuid TEXT NOT NULL, type TEXT NOT NULL, attributes BLOB NOT NULL);
CREATE UNIQUE INDEX mv_uuid ON mv (uuid);
CREATE TABLE mv_join (mv INTEGER NOT NULL, key INTEGER NOT NULL, PRIMARY KEY (mv, key)) WITHOUT ROWID;
CREATE TABLE seeker (key INTEGER NOT NULL, cs INTEGER NOT NULL, PRIMARY KEY (key, cs)) WITHOUT ROWID;
CREATE INDEX seeker_cs ON seeker (cs);
CREATE TABLE queue (mv INTEGER PRIMARY KEY);

CREATE TABLE cycle (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, started INTEGER NOT NULL, ended INTEGER, result TEXT NOT NULL,
  steps TEXT NOT NULL);
${takenIndexes}`;
