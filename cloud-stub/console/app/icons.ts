/** The page's icons: strokes on a 24-unit square, in the colour of the text around them. */
import { svg } from './dom.ts';

const paths = {
  bell: ['M6 10a6 6 0 0 1 12 0c0 5 2 6 2 7H4c0-1 2-2 2-7', 'M10 20.5a2.2 2.2 0 0 0 4 0'],
  motion: [
    'M13 4.5a1.5 1.5 0 1 0 0-.01',
    'M12 8.5 9 14l4 2 1 5',
    'M12 8.5l3 3 3 .5',
    'M9 14l-2 6',
    'M12 8.5 8.5 10 7 12.5',
  ],
  camera: ['M4 8h3l2-3h6l2 3h3v11H4z', 'M12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7'],
  play: ['M8 5.5v13l10.5-6.5z'],
  pause: ['M8.5 5.5v13', 'M15.5 5.5v13'],
  volume: ['M4 9.5v5h3.5L12 18V6L7.5 9.5z', 'M15.5 9a4 4 0 0 1 0 6', 'M18 6.5a8 8 0 0 1 0 11'],
  muted: ['M4 9.5v5h3.5L12 18V6L7.5 9.5z', 'm16 9.5 5 5', 'm21 9.5-5 5'],
  fullscreen: ['M4 9V4h5', 'M15 4h5v5', 'M20 15v5h-5', 'M9 20H4v-5'],
  download: ['M12 4v11', 'm7.5 11 4.5 4.5 4.5-4.5', 'M5 20h14'],
  trash: ['M5 7h14', 'M9.5 7V4.5h5V7', 'M7 7l1 13h8l1-13', 'M10.5 11v5', 'M13.5 11v5'],
  live: [
    'M12 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3',
    'M8 16a5.5 5.5 0 0 1 0-8',
    'M16 8a5.5 5.5 0 0 1 0 8',
    'M5 19a9.8 9.8 0 0 1 0-14',
    'M19 5a9.8 9.8 0 0 1 0 14',
  ],
  sun: [
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8',
    'M12 3v1.5',
    'M12 19.5V21',
    'M3 12h1.5',
    'M19.5 12H21',
    'm5.6 5.6 1 1',
    'm17.4 17.4 1 1',
    'm5.6 18.4 1-1',
    'm17.4 6.6 1-1',
  ],
  moon: ['M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10'],
  contrast: ['M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16', 'M12 4v16', 'M15 5v14', 'M18 7.5v9'],
  keyboard: [
    'M3 7h18v10H3z',
    'M7 10.5h.01',
    'M10.5 10.5h.01',
    'M14 10.5h.01',
    'M17 10.5h.01',
    'M8 14h8',
  ],
  signOut: ['M10 4H5v16h5', 'M15 8l4 4-4 4', 'M19 12H9.5'],
  close: ['m6 6 12 12', 'm18 6-12 12'],
  check: ['m5 12.5 4.5 4.5L19 7.5'],
  warning: ['M12 4 2.8 19.5h18.4z', 'M12 10v4.5', 'M12 17.2h.01'],
  offline: [
    'M3 3l18 18',
    'M8.5 16a5 5 0 0 1 5.6-1',
    'M5 12.5a9.9 9.9 0 0 1 4.6-2.7',
    'M13 9.6a9.9 9.9 0 0 1 6 2.9',
    'M12 19.5h.01',
  ],
  restart: ['M19.5 12a7.5 7.5 0 1 1-2.3-5.4', 'M19.5 4v4.5H15'],
  zones: ['M4 7l7-3 9 4-2 11-11 1z', 'M4 7h.01', 'M11 4h.01', 'M20 8h.01'],
  clock: ['M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17', 'M12 7.5V12l3 2'],
  shield: ['M12 3.5 5 6v6c0 4.2 2.8 7 7 8.5 4.2-1.5 7-4.3 7-8.5V6z', 'm9 12 2.2 2.2L15.2 10'],
  chevronLeft: ['m14.5 6-6 6 6 6'],
  lock: ['M6 11h12v9.5H6z', 'M8.5 11V8a3.5 3.5 0 0 1 7 0v3'],
  eye: [
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12',
    'M12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6',
  ],
  doorbell: [
    'M8 2.5h8a2 2 0 0 1 2 2v15a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2v-15a2 2 0 0 1 2-2',
    'M12 9a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3',
    'M12 18a3 3 0 1 0 0-6 3 3 0 0 0 0 6',
  ],
  account: ['M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8', 'M4.5 20.5a7.5 7.5 0 0 1 15 0'],
  calendar: ['M4.5 6h15v14h-15z', 'M4.5 10.5h15', 'M8.5 3.5V7', 'M15.5 3.5V7'],
} as const;

export type IconName = keyof typeof paths;

/** Decorative: what it means stands beside it or in its button's label. */
export function icon(name: IconName, sizePx = 20): SVGElement {
  return svg(
    'svg',
    {
      class: `icon icon-${name}`,
      viewBox: '0 0 24 24',
      width: sizePx,
      height: sizePx,
      fill: 'none',
      stroke: 'currentColor',
      'stroke-width': 1.75,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
      'aria-hidden': 'true',
      focusable: 'false',
    },
    ...paths[name].map((d) => svg('path', { d })),
  );
}
