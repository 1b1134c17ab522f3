/** People of the tenant: who is there with which role, a link for a new one, another role, an end. */
import { type PersonView, type RoleName, roleNames } from '@springline/api/shapes/access';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Answer } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { sessionQuery } from '../home/home-query.ts';
import { ActDialog, actFailureWords } from '../look/act-dialog.tsx';
import { Badge } from '../look/badge.tsx';
import { ChoiceField, LineField } from '../look/fields.tsx';
import { counted } from '../look/number-words.ts';
import { ReasonedButton } from '../look/reasoned-button.tsx';
import { When } from '../look/when.tsx';
import { useRefusal } from '../upgrades/access.ts';
import { type Outcome, Section } from '../upgrades/upgrade-page.tsx';
import { type OnDone, SecretDialog, SettingsPage } from './settings-page.tsx';
import { peopleQuery } from './settings-queries.ts';
import { nameProblem, roleWords } from './settings-words.ts';

type Asked =
  | { readonly act: 'add' }
  | { readonly act: 'role' | 'remove' | 'link'; readonly person: PersonView }
  | { readonly act: 'linked'; readonly person: PersonView; readonly link: Answer<'createSignInLinkFor'> };

export function PeoplePage() {
  const api = useApi();
  const client = useQueryClient();
  const people = useQuery({ ...peopleQuery(api), enabled: useRefusal('administer') === undefined });
  const session = useQuery(sessionQuery(api)).data;
  const [asked, setAsked] = useState<Asked>();
  const [outcome, setOutcome] = useState<Outcome>();
  const close = () => setAsked(undefined);
  const onDone: OnDone = (words) => {
    setOutcome(words);
    void client.invalidateQueries({ queryKey: ['people'] });
  };
  const known = people.data?.people ?? [];
  return (
    <SettingsPage
      title="People"
      purpose="Who may sign in, and what they may do."
      asked={[people]}
      outcome={outcome}
      commands={
        <ReasonedButton icon="plus" onPress={() => setAsked({ act: 'add' })}>
          Invite a person
        </ReasonedButton>
      }
    >
      <Section id="people" title="People" beside={<p className="quiet">{counted(known.length, 'person', 'people')}</p>}>
        <ul className="plain-list">
          {known.map((person) => (
            <PersonLine
              key={person.id}
              person={person}
              isSelf={person.id === session?.person.id}
              onAsk={(act) => setAsked({ act, person })}
            />
          ))}
        </ul>
      </Section>
      {asked?.act === 'add' ? (
        <AddDialog
          onAdded={(person, link, problem) => {
            if (link === undefined) {
              onDone({ tone: 'warn', title: `${person.name} is added, and has no link yet.`, detail: problem });
              return setAsked({ act: 'link', person });
            }
            onDone({
              tone: 'good',
              title: `${person.name} is invited.`,
              detail: 'The link works once, within 15 minutes.',
            });
            setAsked({ act: 'linked', person, link });
          }}
          onClose={close}
        />
      ) : null}
      {asked?.act === 'role' ? <RoleDialog person={asked.person} onDone={onDone} onClose={close} /> : null}
      {asked?.act === 'remove' ? <RemoveDialog person={asked.person} onDone={onDone} onClose={close} /> : null}
      {asked?.act === 'link' ? (
        <LinkDialog
          person={asked.person}
          onMade={(link) => setAsked({ act: 'linked', person: asked.person, link })}
          onClose={close}
        />
      ) : null}
      {asked?.act === 'linked' ? (
        <SecretDialog
          title={`Sign-in link of ${asked.person.name}`}
          secret={asked.link.url}
          what="the sign-in link"
          onClose={close}
        >
          <p>
            Hand it to {asked.person.name}, in a way that nobody else reads. It works once, until{' '}
            <When at={asked.link.expiresAt} full />.
          </p>
        </SecretDialog>
      ) : null}
    </SettingsPage>
  );
}

interface PersonLineProps {
  readonly person: PersonView;
  readonly isSelf: boolean;
  readonly onAsk: (act: 'role' | 'remove' | 'link') => void;
}

function PersonLine({ person, isSelf, onAsk }: PersonLineProps) {
  const { name, role, createdAt } = person;
  const self = isSelf ? 'Nobody does this to themselves: ask another administrator.' : undefined;
  return (
    <li>
      <div>
        <p className="plain-list-title">
          <strong>{name}</strong>
          <Badge tone={role === 'administrator' ? 'busy' : 'none'}>{roleWords[role].title}</Badge>
          {isSelf ? <span className="quiet">you</span> : null}
        </p>
        <p className="quiet">
          {roleWords[role].may} Here since <When at={createdAt} />.
        </p>
      </div>
      <div className="settings-acts">
        <ReasonedButton icon="key" onPress={() => onAsk('link')}>
          Sign-in link for {name}
        </ReasonedButton>
        <ReasonedButton icon="person" refusal={self} onPress={() => onAsk('role')}>
          Change the role of {name}
        </ReasonedButton>
        <ReasonedButton icon="close" refusal={self} onPress={() => onAsk('remove')}>
          Remove {name}
        </ReasonedButton>
      </div>
    </li>
  );
}

const roleChoices = roleNames.map((id) => ({ id, title: roleWords[id].title }));
const roleFrom = (text: string): RoleName => roleNames.find((role) => role === text) ?? 'reader';

interface AddDialogProps {
  /** `problem`: why there is no link. */
  readonly onAdded: (person: PersonView, link: Answer<'createSignInLinkFor'> | undefined, problem: string) => void;
  readonly onClose: () => void;
}

function AddDialog({ onAdded, onClose }: AddDialogProps) {
  const api = useApi();
  const [name, setName] = useState('');
  const [role, setRole] = useState<RoleName>('reader');
  async function act() {
    const person = await api.call('addPerson', { body: { name: name.trim(), role } });
    let link: Answer<'createSignInLinkFor'> | undefined;
    let problem = '';
    try {
      link = await api.call('createSignInLinkFor', { params: { personId: person.id } });
    } catch (error) {
      // The person is there all the same; the link is asked for by itself.
      problem = actFailureWords(error);
    }
    onAdded(person, link, problem);
  }
  return (
    <ActDialog title="Invite a person" verb="Invite" refusal={nameProblem(name)} act={act} staysOpen onClose={onClose}>
      <LineField label="Name" value={name} onChange={setName} isRequired maxLength={100} />
      <ChoiceField
        label="Role"
        value={role}
        choices={roleChoices}
        hint={roleWords[role].may}
        onChange={(id) => setRole(roleFrom(id))}
      />
      <p>You get a link with which they sign in once.</p>
    </ActDialog>
  );
}

interface PersonDialogProps {
  readonly person: PersonView;
  readonly onDone: OnDone;
  readonly onClose: () => void;
}

function RoleDialog({ person, onDone, onClose }: PersonDialogProps) {
  const api = useApi();
  const [role, setRole] = useState<RoleName>(person.role);
  async function act() {
    await api.call('changePerson', { params: { personId: person.id }, body: { role } });
    onDone({ tone: 'good', title: `${person.name}: ${roleWords[role].title}.`, detail: 'From their next request on.' });
  }
  return (
    <ActDialog title={`Change the role of ${person.name}`} verb="Change the role" act={act} onClose={onClose}>
      <ChoiceField
        label="Role"
        value={role}
        choices={roleChoices}
        hint={roleWords[role].may}
        onChange={(id) => setRole(roleFrom(id))}
      />
      <p>It counts from their next request on, also for their tokens.</p>
    </ActDialog>
  );
}

function RemoveDialog({ person, onDone, onClose }: PersonDialogProps) {
  const api = useApi();
  async function act() {
    await api.call('removePerson', { params: { personId: person.id } });
    onDone({ tone: 'good', title: `${person.name} is removed.`, detail: 'Nothing of theirs works any more.' });
  }
  return (
    <ActDialog title={`Remove ${person.name}?`} verb="Remove" isDestructive act={act} onClose={onClose}>
      <p>Their sessions, sign-in links and tokens end at once. What they did stays in the audit log.</p>
    </ActDialog>
  );
}

interface LinkDialogProps {
  readonly person: PersonView;
  readonly onMade: (link: Answer<'createSignInLinkFor'>) => void;
  readonly onClose: () => void;
}

function LinkDialog({ person, onMade, onClose }: LinkDialogProps) {
  const api = useApi();
  async function act() {
    onMade(await api.call('createSignInLinkFor', { params: { personId: person.id } }));
  }
  return (
    <ActDialog title={`Sign-in link for ${person.name}`} verb="Make the link" act={act} staysOpen onClose={onClose}>
      <p>Whoever opens it signs in as {person.name}, once, within 15 minutes.</p>
    </ActDialog>
  );
}
