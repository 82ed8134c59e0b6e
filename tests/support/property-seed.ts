/**
 * Properties are drawn from one seed, so that a run repeats itself: what is red once stays red until it is mended.
 * `FAST_CHECK_SEED=7 npm test` looks elsewhere.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 2019) });
