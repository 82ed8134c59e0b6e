/** Text for the report. */

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** An id for a file's section, from its name. */
export const anchorOf = (name: string): string =>
  `file-${[...name].map((sign) => (/[a-z0-9.-]/i.test(sign) ? sign : `_${sign.codePointAt(0)}_`)).join('')}`;

/** `0:07.3` */
export function clockTime(ms: number): string {
  const tenths = Math.round(ms / 100);
  const minutes = Math.floor(tenths / 600);
  return `${minutes}:${((tenths % 600) / 10).toFixed(1).padStart(4, '0')}`;
}

/** `0:07`; tenths only where there are any. */
export const tickTime = (ms: number): string => clockTime(ms).replace(/\.0$/, '');
