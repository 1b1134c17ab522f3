/**
 * Version histories for anybody: the public ones that are built in, and the releases of this installation. Nothing here
 * reads the database, so nothing of a tenant can be in an answer.
 */
import { createHash } from 'node:crypto';
import type { HistoryProduct } from '@springline/api/shapes/version-history';
import { utcDate } from '@springline/auto-upgrade/campaign/deadline';
import { toAtom } from '@springline/auto-upgrade/history/atom';
import { historyDocument } from '@springline/auto-upgrade/history/json';
import { ownReleasesPage } from '@springline/auto-upgrade/history/own-releases';
import { type HistoryPage, historyPage } from '@springline/auto-upgrade/history/page';
import { publicHistory } from '@springline/auto-upgrade/history/public-history';
import type { Handlers } from '../http/handler.ts';
import type { PublishedReleases, ReleaseList } from './published-releases.ts';

interface VersionHistoryDeps {
  readonly published: PublishedReleases;
  /** Origin under which people reach this server. */
  publicUrl(): string;
}

type HistoryRoute = 'getVersionHistory' | 'getVersionHistoryFeed';

export function versionHistoryHandlers({ published, publicUrl }: VersionHistoryDeps): Pick<Handlers, HistoryRoute> {
  const pages = new Pages(published);
  return {
    async getVersionHistory({ params, now, setHeader }) {
      const { page, etag } = await pages.of(params.product, utcDate(now));
      setHeader('etag', etag);
      setHeader('cache-control', 'no-cache');
      return historyDocument(page);
    },

    async getVersionHistoryFeed({ params, now, setHeader }) {
      const { page } = await pages.of(params.product, utcDate(now));
      const feed = toAtom(page, {
        feedUrl: `${publicUrl()}/hus/v1/version-history/${params.product}/feed`,
        pageUrl: `${publicUrl()}/version-history/${params.product}`,
      });
      setHeader('etag', tagOf(feed));
      setHeader('cache-control', 'no-cache');
      return feed;
    },
  };
}

interface MadePage {
  readonly page: HistoryPage<HistoryProduct>;
  readonly etag: string;
}

/** A page is made once a day and again when releases come. */
class Pages {
  readonly #published: PublishedReleases;
  readonly #made = new Map<HistoryProduct, MadePage & { readonly list: ReleaseList | undefined }>();

  constructor(published: PublishedReleases) {
    this.#published = published;
  }

  async of(product: HistoryProduct, on: string): Promise<MadePage> {
    const list = product === 'springline' ? await this.#published.list() : undefined;
    const known = this.#made.get(product);
    if (known !== undefined && known.page.on === on && known.list === list) return known;
    const page = product === 'springline' ? ownPage(list!, on) : historyPage(publicHistory, product, on);
    const made = { page, etag: tagOf(JSON.stringify(page)), list };
    this.#made.set(product, made);
    return made;
  }
}

function ownPage({ releases }: ReleaseList, on: string): HistoryPage<HistoryProduct> {
  const records = releases.map(
    ({ isForAutoUpgrade = false, isRecalled = false, notes, deliberatelyBroken, ...rest }) => ({
      ...{ ...rest, isForAutoUpgrade, isRecalled },
      ...(notes === undefined ? {} : { notes }),
      ...(deliberatelyBroken === undefined ? {} : { deliberatelyBroken }),
    }),
  );
  return ownReleasesPage(records, on);
}

function tagOf(text: string): string {
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
}
