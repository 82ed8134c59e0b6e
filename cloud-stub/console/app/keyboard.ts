/** Keys that work anywhere on the page, except while something is typed or asked. */

export type Keys = Readonly<Record<string, () => void>>;

/** `keys` by `KeyboardEvent.key`. A key that a focused control needs itself is left to it. */
export function listenToKeys(keys: Keys): { close(): void } {
  const listen = (press: KeyboardEvent): void => {
    if (press.ctrlKey || press.metaKey || press.altKey || press.defaultPrevented) return;
    const target = press.target instanceof Element ? press.target : document.body;
    // A dialog that was just closed keeps the focus for a moment, and asks nothing any more.
    if (target.closest('input, select, textarea, dialog[open]') !== null) return;
    const isNeeded = press.key === ' ' || press.key === 'Enter';
    if (isNeeded && target.closest('button, a') !== null) return;
    const isArrow = press.key.startsWith('Arrow');
    if (isArrow && target.closest('[role="slider"], [role="radiogroup"]') !== null) return;
    const act = Object.hasOwn(keys, press.key) ? keys[press.key] : undefined;
    if (act === undefined) return;
    press.preventDefault();
    act();
  };
  document.addEventListener('keydown', listen);
  return { close: () => document.removeEventListener('keydown', listen) };
}
