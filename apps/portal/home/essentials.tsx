/** What the cloud directory holds. */
import type { HomeView } from '@springline/api/shapes/person';
import { countWords } from '../look/number-words.ts';
import { When } from '../look/when.tsx';
import { syncingAgents } from './answers.ts';

export function Essentials({ home }: { readonly home: HomeView }) {
  const { users, groups, contacts } = home.directory;
  const lastChangeAt = syncingAgents(home)
    .flatMap(({ sync }) => (sync.lastChangeAt === undefined ? [] : [sync.lastChangeAt]))
    .sort()
    .at(-1);
  return (
    <section className="essentials" aria-labelledby="directory-title">
      <h2 id="directory-title">Cloud directory</h2>
      <dl>
        <Fact title="Users">{countWords(users)}</Fact>
        <Fact title="Groups">{countWords(groups)}</Fact>
        <Fact title="Contacts">{countWords(contacts)}</Fact>
        <Fact title="Last change">{lastChangeAt === undefined ? 'none yet' : <When at={lastChangeAt} />}</Fact>
      </dl>
    </section>
  );
}

function Fact({ title, children }: { readonly title: string; readonly children: React.ReactNode }) {
  return (
    <div className="essential">
      <dt>{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}
