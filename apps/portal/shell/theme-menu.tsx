/** Lets a person choose the theme. */
import { useState } from 'react';
import { Button } from 'react-aria-components/Button';
import { Menu, MenuItem, MenuTrigger } from 'react-aria-components/Menu';
import { Popover } from 'react-aria-components/Popover';
import { Icon } from '../look/icon.tsx';
import { applyTheme, currentTheme, themes, themeTitles } from './theme.ts';

export function ThemeMenu() {
  const [theme, setTheme] = useState(currentTheme);
  return (
    <MenuTrigger>
      <Button className="command">
        <Icon name="theme" />
        <span>Theme</span>
      </Button>
      <Popover className="popover" placement="bottom start">
        <Menu
          className="menu"
          aria-label="Theme"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[theme]}
          onSelectionChange={(keys) => {
            const chosen = themes.find((known) => keys !== 'all' && keys.has(known)) ?? 'system';
            applyTheme(chosen);
            setTheme(chosen);
          }}
        >
          {themes.map((each) => (
            <MenuItem className="menu-row" key={each} id={each} textValue={themeTitles[each]}>
              {themeTitles[each]}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
