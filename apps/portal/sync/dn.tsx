/** A DN, broken into lines after its commas where it has to be. Copied, it is the text that it was. */
import { Fragment } from 'react';
import { keyed } from './values.tsx';

export function Dn({ text }: { readonly text: string }) {
  const parts = keyed(text.split(/(?<=[^\\],)/));
  return (
    <span className="dn">
      {parts.map(({ key, value }) => (
        <Fragment key={key}>
          {value}
          <wbr />
        </Fragment>
      ))}
    </span>
  );
}
