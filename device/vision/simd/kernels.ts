/** The module's exports: what simd-kernels.ts calls. */
export { countDiffering, differenceAt } from './alignment';
export { castShadow, setPixels } from './cast-shadow';
export { classify } from './classify';
export { draw } from './draw';
export { findComponents } from './find-components';
export { learn } from './learn';
export { listCells } from './list-cells';
export { bindGrid, bindPixels, bindVerdicts } from './model';
export { countChanges } from './noise-meter';
export { learnLitCells, relight } from './relighting';
export { shape } from './shape';
export { smooth } from './smooth';
export { isSoft } from './soft-edge';
export { bindTallies } from './tallies';
export { vetoTexture } from './texture';
export { countDifferent, measureTones } from './tone-curve';
export { settleUnrest } from './unrest';
export { wipeDrops } from './wipe-drops';
