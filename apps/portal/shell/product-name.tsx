/** The product's name with its mark. */
export function ProductName() {
  return (
    <span className="product">
      <svg className="product-mark" viewBox="0 0 32 20" aria-hidden="true" focusable="false">
        <path d="M2 15c4 0 4-10 8-10s4 10 8 10 4-10 12-10" />
      </svg>
      Springline
    </span>
  );
}
