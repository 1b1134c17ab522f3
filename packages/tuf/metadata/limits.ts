/** What a metadata file may cost us, whoever served it. Bytes are checked before anything is parsed. */
import { jsonDepthLimit } from '../canonical-json.ts';

export const rootLimitBytes = 512 * 1024;
export const timestampLimitBytes = 16 * 1024;
export const snapshotLimitBytes = 2 * 1024 * 1024;
export const targetsLimitBytes = 64 * 1024 * 1024;

/** Levels of objects and lists, the file itself being the first. */
export const depthLimit = jsonDepthLimit;

/** Values of all kinds in one file: bounds the memory that short values take beyond their bytes. */
export const valueLimit = 4_000_000;

/** Keys of a root, key ids of a role, signatures of a file. */
export const keyLimit = 1024;

/** A key id may be any text up to this many characters. */
export const keyIdLimit = 512;

/** PEM of an RSA key of 8192 bits takes about 1,500. */
export const keyTextLimit = 8 * 1024;

/** Hex digits: twice what RSA of 8192 bits needs. */
export const signatureTextLimit = 4 * 1024;

/** UTF-8 bytes of a target path or of a file name in a snapshot. */
export const pathLimitBytes = 512;

/** Roles that a targets file may delegate to. */
export const delegationLimit = 32;

/** Path patterns of one delegated role. */
export const delegatedPathLimit = 16;

/** All delegated roles of a repository together. */
export const delegatedLimitBytes = 64 * 1024 * 1024;

/** Algorithms of one hash list. */
export const hashLimit = 16;

/** Steps of one walk from the trusted root to the newest (TUF 5.3.3 calls it Y). */
export const rootStepLimit = 1024;
