/** The module's exports: what simd-kernels.ts calls. */
export { classify } from './classify';
export { draw } from './draw';
export { learn } from './learn';
export { measure } from './measure';
export { bindGrid, bindPixels, bindVerdicts } from './model';
export { bindTallies } from './tallies';
