/** The module's exports: what simd-kernels.ts calls. */
export { classify } from './classify';
export { draw } from './draw';
export { judge } from './judge';
export { learn } from './learn';
export { listCells } from './list-cells';
export { measure } from './measure';
export { bindGrid, bindPixels, bindVerdicts } from './model';
export { sampleTones } from './sample-tones';
export { smooth } from './smooth';
export { bindTallies } from './tallies';
