/**
 * What a host knows about itself before an upgrade. Absent parts are not known; each gate says what that means for it.
 */
import type { EpochMs } from '@springline/ports/clock';
import type { Wish } from '../rollout/wish.ts';

export interface ReadinessFacts {
  readonly now: EpochMs;
  /** Folder of the installation, for remedies. */
  readonly home: string;
  readonly settings: { readonly problem?: string; readonly state: 'Enabled' | 'Disabled'; readonly wish: Wish };
  /** Why there is no usable identity, if so. */
  readonly enrolmentProblem?: string;
  readonly consent: { readonly problem?: string; readonly consentsToFloors: boolean };
  readonly folders: readonly FolderFacts[];
  /** Of the folder of the control socket; absent: it cannot be looked at. */
  readonly controlFolder?: { readonly mode: number; readonly isOwn: boolean };
  readonly journal: { readonly unwritable?: string; readonly damaged?: string };
  /** Why what is trusted cannot be read, if so. */
  readonly trustProblem?: string;
  readonly disk: { readonly freeBytes?: number; readonly neededBytes: number };
  readonly components: readonly ComponentFacts[];
  /** How long the component took to let go of its state the last time, and how long it has. */
  readonly drain: { readonly lastMs?: number; readonly limitMs: number };
  readonly cycle: 'none' | 'scheduled' | 'by-person';
  readonly host: HostFacts;
  /** Least versions that something to be run here needs. */
  readonly needs: readonly Needs[];
  readonly way: WayFacts;
  /** Of the last look; absent: there was none since the start. */
  readonly look?: {
    readonly refusals: readonly { readonly path: string; readonly code: string; readonly message: string }[];
  };
  /** Why the last look failed on trust, if so. */
  readonly lookFailure?: string;
  /** Names of metadata with when it expires; what is served counts before what is kept. */
  readonly expires: readonly { readonly name: string; readonly at: EpochMs }[];
  readonly isFreezeSuspected: boolean;
  readonly clock: {
    /** The server's clock less ours. */
    readonly skewMs?: number;
    /** How far the last signed timestamp would lie in the future, at least. */
    readonly behindSignedMs?: number;
  };
  readonly blocked: readonly {
    readonly component: string;
    readonly version: string;
    readonly until: EpochMs;
    readonly reason: string;
  }[];
  readonly schemas: readonly SchemaFacts[];
  readonly reportsKept: number;
}

export interface FolderFacts {
  readonly path: string;
  readonly isPresent: boolean;
  readonly isWritable: boolean;
  /** Writable by group or others, or owned by a stranger. */
  readonly isOpen: boolean;
}

export interface ComponentFacts {
  readonly component: string;
  readonly version: string;
  readonly state: string;
  readonly detail?: string;
  /** Why its files are not those that were verified, if so. */
  readonly altered?: string;
  readonly isRuntimePresent: boolean;
}

export interface HostFacts {
  readonly platform: string;
  readonly isPlatformKnown: boolean;
  readonly glibc?: string;
  readonly kernel?: string;
}

export interface Needs {
  readonly by: string;
  readonly glibc?: string;
  readonly kernel?: string;
}

/** The way to the repositories. */
export interface WayFacts {
  readonly url?: string;
  readonly isLoopback: boolean;
  /** Of the connection that was just made, as `TLSv1.3`; absent without TLS. */
  readonly tlsVersion?: string;
  /** The least that this Node offers, as `TLSv1.2`. */
  readonly leastTlsVersion: string;
  /** Why the TLS handshake failed, if it did for its version. */
  readonly tlsProblem?: string;
  /** Why a repository does not answer, if so. */
  readonly problem?: string;
}

export interface SchemaFacts {
  readonly component: string;
  readonly onDisk?: number;
  readonly running?: number;
  readonly offered?: number;
  readonly offeredVersion?: string;
}
