/** The top of every page: the way past it, the product's name, and what belongs beside it. */
import type { ReactNode } from 'react';
import { ProductName } from './product-name.tsx';

export function TopBar({ children }: { readonly children: ReactNode }) {
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the page
      </a>
      <header className="top-bar">
        <ProductName />
        {children}
      </header>
    </>
  );
}
