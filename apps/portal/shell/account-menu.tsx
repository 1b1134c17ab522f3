/** Who is signed in, where, and the way out. */
import type { SessionView } from '@springline/api/shapes/person';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { ApiError } from '../api-client.ts';
import { useApi } from '../api-context.ts';
import { Icon } from '../look/icon.tsx';

interface AccountMenuProps {
  readonly session: SessionView;
  /** Told why when the session could not be ended; undefined once it is tried again. */
  readonly onFailure: (failure: ApiError | undefined) => void;
}

export function AccountMenu({ session, onFailure }: AccountMenuProps) {
  const api = useApi();
  const client = useQueryClient();
  const navigate = useNavigate();

  async function signOut() {
    onFailure(undefined);
    try {
      await api.call('signOut', {});
    } catch (error) {
      // A session that the server no longer knows is what was wanted.
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 401) return onFailure(error);
    }
    await navigate({ to: '/sign-in', search: { reason: 'signed-out' } });
    client.clear();
  }

  return (
    <MenuTrigger>
      <Button className="account" aria-label={`Account: ${session.person.name}, ${session.tenant.name}`}>
        <span className="account-words">
          <span>{session.person.name}</span>
          <span className="account-tenant">{session.tenant.name}</span>
        </span>
        <span className="account-mark">
          <Icon name="person" />
        </span>
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" aria-label="Account" onAction={() => void signOut()}>
          <MenuItem className="menu-row" id="sign-out" textValue="Sign out">
            <Icon name="leave" />
            Sign out
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
