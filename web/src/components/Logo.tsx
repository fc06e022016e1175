/** The mark of Wasl: two points and what connects them. It is a brand, so it is never mirrored. */
export function Logo({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden>
      <rect width="32" height="32" rx="7" fill="#0f766e" />
      <path
        d="M8 12a8 8 0 0 0 8 8 8 8 0 0 0 8-8"
        fill="none"
        stroke="#fff"
        strokeWidth="3.2"
        strokeLinecap="round"
      />
      <circle cx="8" cy="12" r="3.4" fill="#fff" />
      <circle cx="24" cy="12" r="3.4" fill="#5eead4" />
    </svg>
  );
}
