/** The command bar of Home. */
import { Button } from 'react-aria-components/Button';
import { Separator } from 'react-aria-components/Separator';
import { Toolbar } from 'react-aria-components/Toolbar';
import { Icon } from '../look/icon.tsx';
import { counted } from '../look/number-words.ts';
import { ThemeMenu } from '../shell/theme-menu.tsx';
import { errorsCsv, type HomeError } from './object-errors.ts';
import { saveFile } from './save-file.ts';

interface HomeCommandsProps {
  /** The errors that the grid shows. */
  readonly errors: readonly HomeError[];
  readonly asOf: string;
  readonly onRefresh: () => void;
}

export function HomeCommands({ errors, asOf, onRefresh }: HomeCommandsProps) {
  const none = errors.length === 0;
  return (
    <Toolbar className="command-bar" aria-label="Commands">
      <Button className="command" onPress={onRefresh}>
        <Icon name="refresh" />
        <span>Refresh</span>
      </Button>
      {/* The reason is on a wrapper, because a disabled button shows no title in some browsers. */}
      <span title={none ? 'There is no error to export' : `${counted(errors.length, 'error')} as CSV`}>
        <Button
          className="command"
          isDisabled={none}
          onPress={() => saveFile(`springline-errors-${asOf.slice(0, 10)}.csv`, 'text/csv', errorsCsv(errors))}
        >
          <Icon name="download" />
          <span>Export errors</span>
        </Button>
      </span>
      <Separator orientation="vertical" className="command-separator" />
      <ThemeMenu />
    </Toolbar>
  );
}
