/** The parts of the detector that a test can switch off, to see the scene fail for which each was built. */
export const mechanisms = [
  'contrast',
  'precipitation',
  'smoothing',
  'alignment',
  'tone-curve',
  'light-switch',
  'texture',
  'ground-shadow',
  'cast-shadow',
  'soft-edge',
  'fringe',
  'glare',
  'glow',
  'lens-guest',
  'restlessness',
  'envelope',
  'persistence',
  'stillness',
  'ghosts',
  'filling',
] as const;
export type Mechanism = (typeof mechanisms)[number];
