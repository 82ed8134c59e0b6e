/** Controls over a picture make room for it while nobody touches them. */

const idleMs = 2500;

/**
 * Sets the class `is-idle` on `element`. A click on `picture` is `onClick`; where no pointer hovers, a touch while idle
 * only brings the controls back.
 */
export function hideWhenIdle(
  element: HTMLElement,
  picture: HTMLElement,
  onClick: () => void,
): { close(): void } {
  let timer = 0;
  const wake = (): void => {
    element.classList.remove('is-idle');
    clearTimeout(timer);
    timer = window.setTimeout(() => element.classList.add('is-idle'), idleMs);
  };
  for (const name of ['pointermove', 'keydown', 'focusin'] as const) {
    element.addEventListener(name, wake);
  }
  picture.addEventListener('click', () => {
    const isIdle = element.classList.contains('is-idle');
    wake();
    if (!isIdle || matchMedia('(hover: hover)').matches) onClick();
  });
  wake();
  return { close: () => clearTimeout(timer) };
}
