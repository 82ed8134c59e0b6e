/** Building elements one by one. Text is always text: nothing here or elsewhere turns a string into markup. */

export type Child = Node | string | null | undefined | false;
type Attributes = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** `class: 'a b'`, `disabled: true`, `'aria-label': '…'`; null, undefined and false leave an attribute out. */
export function el<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

export function svg(
  tag: string,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  setAttributes(element, attributes);
  append(element, children);
  return element;
}

export function setAttributes(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
}

export function fill(element: Element, ...children: readonly Child[]): void {
  element.replaceChildren(...children.filter(isPresent));
}

function append(element: Element, children: readonly Child[]): void {
  element.append(...children.filter(isPresent));
}

const isPresent = (child: Child): child is Node | string =>
  child !== null && child !== undefined && child !== false;

/** Sets text only when it differs, so that a screen reader is not told the same again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes `nodes` the children, moving only what is out of place: focus and loaded pictures survive. */
export function reconcile(parent: Element, nodes: readonly Node[]): void {
  const wanted = new Set(nodes);
  for (const child of [...parent.childNodes]) if (!wanted.has(child)) child.remove();
  let next = parent.firstChild;
  for (const node of nodes) {
    if (node === next) next = next.nextSibling;
    else parent.insertBefore(node, next);
  }
}

/** An icon with its name for those who cannot see it, and as a tip. */
export function iconButton(
  label: string,
  glyph: SVGElement,
  act: () => void,
  className = 'icon-button',
): HTMLButtonElement {
  const button = el(
    'button',
    { type: 'button', class: className, 'aria-label': label, title: label },
    glyph,
  );
  button.addEventListener('click', act);
  return button;
}
