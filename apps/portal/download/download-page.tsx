/** `/download`: the current build of each component, and the way to it that verifies what it fetches. For anybody. */
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useApi } from '../api-context.ts';
import { releasesQuery } from '../history/history-query.ts';
import { ReleasesProblem } from '../history/releases-problem.tsx';
import '../history/history.css';
import { componentTitles } from '../home/agent-states.ts';
import { CopyLine } from '../look/copy-line.tsx';
import { Fact } from '../look/side-panel.tsx';
import { When } from '../look/when.tsx';
import { Section, UpgradePage } from '../upgrades/upgrade-page.tsx';
import { type Download, type DownloadFile, downloadsOf, platformWords, sizeWords } from './downloads.ts';

export function DownloadPage() {
  const releases = useQuery(releasesQuery(useApi()));
  const hash = useLocation({ select: (location) => location.hash });
  const isThere = releases.data !== undefined;
  useEffect(() => {
    const place = isThere && hash !== '' ? document.getElementById(hash) : null;
    place?.scrollIntoView({ block: 'start' });
    place?.focus({ preventScroll: true });
  }, [hash, isThere]);
  if (releases.data === undefined) return null;
  const downloads = downloadsOf(releases.data.releases);
  return (
    <UpgradePage
      title="Download"
      area="Releases"
      purpose="The current build of each component, for a server that does not upgrade itself."
      asked={[releases]}
    >
      <ReleasesProblem problem={releases.data.releasesProblem} />
      <WhatIsVerified />
      {downloads.length === 0 ? (
        <Section id="none" title="No releases">
          <p className="empty">
            Nothing is published yet. Publish a release with <code>springline release publish</code>.
          </p>
        </Section>
      ) : null}
      {downloads.map((download) => (
        <ComponentDownload key={download.component} download={download} />
      ))}
    </UpgradePage>
  );
}

function WhatIsVerified() {
  return (
    <Section id="verified" title="What is verified">
      <div className="section-words">
        <p>
          <code>springline download</code> fetches a build as an agent does and writes nothing that it refuses:
        </p>
        <ul className="version-notes">
          <li>
            both repositories are signed by enough keys, from roots that you trust already, and neither went back in
            time or expired;
          </li>
          <li>both name exactly this build, and its publisher has not called it back;</li>
          <li>the archive has the signed length and SHA-256.</li>
        </ul>
        <p className="quiet">
          In the folder of an installation or an agent it knows what to trust. Elsewhere it takes <code>--url</code>,{' '}
          <code>--image-root</code> and <code>--director-root</code>; a host that has them shows the digests with{' '}
          <code>springline agent trust show</code>. A digest that you compare with this page says only that the file is
          what this page says.
        </p>
      </div>
    </Section>
  );
}

function ComponentDownload({ download }: { readonly download: Download }) {
  const { component, release, files, passedOver } = download;
  return (
    <Section
      id={component}
      title={`${componentTitles[component]} ${release.version}`}
      beside={
        <p className="quiet">
          Released <When at={release.publishedAt} full />
        </p>
      }
    >
      {passedOver.map(({ version, why }) => (
        <p key={version} className="section-words">
          {version} is newer and left out: {why}.
        </p>
      ))}
      {release.isForAutoUpgrade === false ? (
        <p className="section-words">For download only: no host installs it by itself.</p>
      ) : null}
      {files.length === 0 ? <p className="empty">Its files cannot be read from the repository.</p> : null}
      {files.map((file) => (
        <FileDownload key={file.platform} title={componentTitles[component]} file={file} />
      ))}
      <p className="section-words">
        <Link to="/version-history/$product" params={{ product: 'springline' }} hash={component}>
          All versions of {componentTitles[component]}
        </Link>
      </p>
    </Section>
  );
}

function FileDownload({ title, file }: { readonly title: string; readonly file: DownloadFile }) {
  const { platform, sha256, sizeBytes, command } = file;
  return (
    <div className="download-target">
      <h3>{platformWords(platform)}</h3>
      <dl className="facts">
        <Fact title="Size">{sizeBytes === undefined ? 'unknown' : sizeWords(sizeBytes)}</Fact>
        <Fact title="SHA-256">
          <code>{sha256}</code>
        </Fact>
      </dl>
      <CopyLine text={command} what={`the command for ${title}, ${platformWords(platform)}`} />
    </div>
  );
}
